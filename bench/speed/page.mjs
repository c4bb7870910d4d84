export const RESULTS = '/tmp/bench/results.json';
export async function writePage() {}
