export { keyvStore } from './interop/keyv.adapter.js';
