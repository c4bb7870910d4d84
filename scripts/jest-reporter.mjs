/** Tells scripts/test.mjs, which started Jest, what has come of each test and each file, as it comes. */
import { relative } from 'node:path';
import { root } from './run.mjs';

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
      printed: (result.console ?? []).map(({ message }) => message),
    });
  }

  onRunComplete() {
    process.send({ type: 'end' });
  }
}
