/** A kind of product: name, lowest price in cents (each further finish costs a little more), grams, one sentence. */
type Kind = readonly [name: string, priceCents: number, weightGrams: number, text: string];

/** A category: kinds times finishes. */
interface DemoCategory {
  readonly category: string;
  readonly code: string;
  readonly finishes: readonly string[];
  readonly kinds: readonly Kind[];
}

/** What the demo shop sells: 8 categories of 27 products. */
export const demoCategories: readonly DemoCategory[] = [
  {
    category: 'audio',
    code: 'AUD',
    finishes: ['Black', 'Silver', 'Sand'],
    kinds: [
      ['Over-Ear Headphones', 14900, 280, 'Closed headphones with soft pads and a detachable cable'],
      ['Wireless Earbuds', 8900, 60, 'Earbuds with a pocket charging case and eight hours of play'],
      ['Bookshelf Speakers', 24900, 6200, 'A pair of two-way speakers with wooden cabinets'],
      ['Portable Speaker', 5900, 540, 'A splash-proof speaker that runs for a day'],
      ['Turntable', 19900, 4800, 'A belt-driven record player with a built-in phono stage'],
      ['USB Microphone', 9900, 620, 'A cardioid microphone for calls, podcasts and music'],
      ['Soundbar', 17900, 2900, 'A slim bar for clear voices under the television'],
      ['Headphone Amplifier', 12900, 450, 'A quiet amplifier for demanding headphones'],
      ['Kitchen Radio', 6900, 1100, 'A digital radio with two alarms and a timer'],
    ],
  },
  {
    category: 'books',
    code: 'BKS',
    finishes: ['Paperback', 'Hardcover', 'Large Print'],
    kinds: [
      ['The Patient Gardener', 1490, 420, 'A year of small jobs that make a garden grow'],
      ['Letters from the Lighthouse', 1290, 350, 'A novel of a keeper, a storm and a promise'],
      ['Bread at Home', 2190, 780, 'Sourdough, rye and rolls, explained step by step'],
      ['A Short History of Maps', 1890, 510, 'How people drew the world before they knew it'],
      ['The Night Train', 1190, 330, 'A crime story that is solved between two stations'],
      ['Mountain Weather', 1690, 460, 'Read clouds, wind and pressure on the way up'],
      ['Designing Quiet Software', 3490, 690, 'Essays on programs that do their work and no more'],
      ['The Beekeeper', 1390, 380, 'Three generations, one orchard and ten hives'],
      ['Sketching in Ink', 1990, 590, 'Fifty exercises for pen, brush and patience'],
    ],
  },
  {
    category: 'coffee',
    code: 'COF',
    finishes: ['Classic', 'Large', 'Travel'],
    kinds: [
      ['Espresso Cup', 1290, 210, 'A thick-walled porcelain cup that keeps its heat'],
      ['Pour-Over Dripper', 2490, 340, 'A ceramic cone for one careful cup'],
      ['French Press', 3290, 900, 'A double-walled steel press for slow mornings'],
      ['Hand Grinder', 6990, 560, 'Steel burrs and thirty clicks from fine to coarse'],
      ['Gooseneck Kettle', 7990, 1200, 'A kettle that pours exactly where it should'],
      ['Milk Frother', 2990, 380, 'Warm and dense foam in under two minutes'],
      ['Moka Pot', 3490, 650, 'The stovetop classic in polished aluminium'],
      ['Coffee Scale', 4490, 480, 'A tenth of a gram, with a timer that starts by itself'],
      ['Coffee Mug', 1490, 330, 'A stoneware mug with a handle for the whole hand'],
    ],
  },
  {
    category: 'garden',
    code: 'GRD',
    finishes: ['Small', 'Medium', 'Large'],
    kinds: [
      ['Pruning Shears', 2790, 260, 'Forged blades that stay sharp and open by themselves'],
      ['Watering Can', 3190, 900, 'A balanced can with a fine brass rose'],
      ['Planting Trowel', 1690, 310, 'A steel blade with a depth scale and an ash handle'],
      ['Terracotta Pot', 1290, 1800, 'A breathing pot with a saucer, fired twice'],
      ['Seed Box', 2290, 600, 'A tin with dividers for every month of the year'],
      ['Garden Gloves', 1490, 120, 'Goatskin palms and a cuff against thorns'],
      ['Compost Bin', 5990, 4200, 'A ventilated bin that opens from the bottom'],
      ['Bird Feeder', 2490, 750, 'A hanging feeder that squirrels give up on'],
      ['Folding Stool', 3990, 1900, 'A kneeler that turns into a seat'],
    ],
  },
  {
    category: 'kitchen',
    code: 'KIT',
    finishes: ['Steel', 'Walnut', 'Slate'],
    kinds: [
      ['Chef Knife', 8990, 240, 'A 20 cm blade of layered steel, ground by hand'],
      ['Cutting Board', 4490, 1700, 'End grain that forgives the knife'],
      ['Cast Iron Pan', 5490, 2600, 'Seasoned, heavy and ready for a lifetime'],
      ['Mixing Bowls', 3990, 1400, 'Three nested bowls with non-slip feet'],
      ['Pepper Mill', 3490, 420, 'A ceramic grinder with six settings'],
      ['Kitchen Scale', 2990, 500, 'Weighs to the gram and wipes clean'],
      ['Rolling Pin', 2290, 680, 'A tapered pin for thin and even dough'],
      ['Stock Pot', 6990, 2900, 'Eight litres with a thick, even base'],
      ['Knife Block', 5290, 2200, 'Magnetic, so the edges touch nothing'],
    ],
  },
  {
    category: 'office',
    code: 'OFF',
    finishes: ['Graphite', 'White', 'Oak'],
    kinds: [
      ['Desk Lamp', 7490, 1500, 'Warm to cool light from a narrow arm'],
      ['Mechanical Keyboard', 12900, 950, 'Quiet tactile switches and a compact layout'],
      ['Wireless Mouse', 4990, 110, 'A shape for either hand that charges in minutes'],
      ['Monitor Stand', 6490, 2300, 'Raises the screen and hides the keyboard'],
      ['Notebook', 1590, 320, 'Numbered pages that take ink without bleeding'],
      ['Fountain Pen', 4290, 40, 'A steel nib that writes at the first touch'],
      ['Document Tray', 2790, 800, 'Two shelves for what is due and what is done'],
      ['Footrest', 3890, 1600, 'A rocking rest for long days at the desk'],
      ['Cable Box', 2390, 700, 'Keeps the sockets and the dust apart'],
    ],
  },
  {
    category: 'outdoor',
    code: 'OUT',
    finishes: ['Forest', 'Ochre', 'Night Blue'],
    kinds: [
      ['Day Pack', 8990, 780, 'Twenty litres with a back that breathes'],
      ['Sleeping Bag', 15900, 1100, 'Down that is warm to five degrees below zero'],
      ['Camping Stove', 6490, 310, 'Boils half a litre in three minutes'],
      ['Head Torch', 4490, 90, 'Red light, white light and a lock for the pack'],
      ['Water Bottle', 2690, 280, 'Insulated steel for a day of cold or hot'],
      ['Rain Jacket', 18900, 420, 'Three layers, taped seams and a real hood'],
      ['Trekking Poles', 9490, 460, 'Carbon poles that fold into thirds'],
      ['Hammock', 5990, 520, 'Packs to the size of a mug, holds two'],
      ['First Aid Kit', 3290, 350, 'What is needed on the trail, sorted by colour'],
    ],
  },
  {
    category: 'toys',
    code: 'TOY',
    finishes: ['Red', 'Blue', 'Natural'],
    kinds: [
      ['Building Blocks', 3990, 1800, 'Sixty beech blocks in a cotton bag'],
      ['Marble Run', 4990, 2100, 'Rails, curves and a bell at the end'],
      ['Wooden Train', 3490, 900, 'An engine, three wagons and magnets that hold'],
      ['Puzzle of the World', 2490, 700, 'Five hundred pieces with a poster'],
      ['Kite', 2990, 240, 'Flies in a light wind, with thirty metres of line'],
      ['Spinning Top', 1290, 80, 'Turned from maple, spins for two minutes'],
      ['Card Game', 1490, 180, 'Quick rounds for two to six players'],
      ['Juggling Balls', 1990, 360, 'Three soft balls and a booklet'],
      ['Balance Board', 7990, 3800, 'A curved board to rock, climb and slide'],
    ],
  },
];
