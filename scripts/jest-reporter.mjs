/** Tells scripts/test.mjs, which started Jest, what has come of each test and each file, as it comes. */
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { root } from './run.mjs';

const SHORT_LINES = 10;
const SHORT_LINE = 200;

export default class Reporter {
  onTestCaseResult({ path }, { status }) {
    process.send({ type: 'test', file: relative(root, path), status });
  }

  onTestResult({ path }, result) {
    process.send({
      type: 'file',
      file: relative(root, path),
      passed: result.numPassingTests,
      failed: result.numFailingTests,
      skipped: result.numPendingTests + result.numTodoTests,
      unable: result.testExecError !== undefined && result.testExecError !== null,
      milliseconds: result.perfStats.end - result.perfStats.start,
      failure: result.failureMessage,
      failures: result.testResults.filter(({ status }) => status === 'failed').map(inShort),
      printed: (result.console ?? []).map(({ message }) => message),
    });
  }

  onRunComplete() {
    process.send({ type: 'end' });
  }
}

/** The name of a failed test, and the first lines of what it says. */
function inShort({ fullName, failureMessages }) {
  const lines = stripVTControlCharacters(failureMessages.join('\n')).split('\n');
  const first = lines
    .filter((line) => line.trim() !== '' && (!/^\s+at /.test(line) || line.includes('.spec.ts')))
    .slice(0, SHORT_LINES);
  return [fullName, ...first.map((line) => `  ${line.slice(0, SHORT_LINE)}`)].join('\n');
}
