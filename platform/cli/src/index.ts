export { cliReasons } from './errors.ts';
export { runProgram } from './program.ts';
