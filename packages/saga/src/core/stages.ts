/**
 * Writes the names of steps as they are stored with a saga: stages by commas, steps side by side by plus signs.
 *
 * @example
 * formatStages([{ name: 'a', stage: 0 }, { name: 'b', stage: 1 }, { name: 'c', stage: 1 }]); // 'a,b+c'
 */
export function formatStages(steps: readonly { readonly name: string; readonly stage: number }[]): string {
  let text = '';
  let before = 0;
  for (const { name, stage } of steps) {
    text += text === '' ? name : (stage === before ? '+' : ',') + name;
    before = stage;
  }
  return text;
}

/** Reads what {@link formatStages} wrote. */
export function parseStages(text: string): readonly { readonly name: string; readonly stage: number }[] {
  return text.split(',').flatMap((names, stage) => names.split('+').map((name) => ({ name, stage })));
}
