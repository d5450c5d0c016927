import { expect, test } from 'vitest';
import { docstringExamples } from './docstring-examples.ts';
import { codeBlocks, listDocuments } from './documents.ts';
import { type Example, findBrokenExamples } from './examples.ts';

test('the TypeScript in the documents fits the code', async () => {
  const examples = listDocuments().flatMap(({ path, text }): Example[] =>
    codeBlocks(text)
      .filter(({ language }) => language === 'ts' || language === 'typescript')
      .map(({ code, line }) => ({ place: `${path}:${line}`, code })),
  );

  expect(examples.length).toBeGreaterThan(0);
  expect(await findBrokenExamples(examples)).toEqual([]);
});

test('the examples in docstrings of packages fit the code', async () => {
  const examples = docstringExamples();

  expect(examples.length).toBeGreaterThan(5);
  expect(await findBrokenExamples(examples)).toEqual([]);
});

test('an example that calls a function that does not exist, or with a wrong option, is found', async () => {
  const broken = await findBrokenExamples([
    { place: 'a.md:1', code: "import { doesNotExist } from '@mainstay/kernel';" },
    { place: 'b.md:1', code: "import { uuidv7 } from '@mainstay/kernel';\nuuidv7({ wrong: true });" },
    { place: 'c.md:1', code: "import { uuidv7 } from '@mainstay/kernel';\nsaveSomewhere(uuidv7());" },
  ]);

  expect(broken).toHaveLength(2);
  expect(broken[0]).toMatch(/^a\.md:1, line 1 of the example: error TS2305/);
  expect(broken[1]).toMatch(/^b\.md:1, line 2 of the example: error TS2353/);
});
