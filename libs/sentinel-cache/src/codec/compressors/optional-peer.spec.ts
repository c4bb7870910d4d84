import { describe, expect, it } from '@jest/globals';
import { loadPeer, locatePeer, MissingPeerError } from './optional-peer.js';

describe('optional peers', () => {
  it('are loaded by name, and a file of theirs is found', () => {
    expect(typeof loadPeer<{ compressFrameSync: unknown }>('lz4-napi').compressFrameSync).toBe('function');
    expect(locatePeer('@foxglove/wasm-zstd', '/dist/wasm-zstd.wasm')).toContain('wasm-zstd.wasm');
  });

  it('are named when they are missing', () => {
    for (const load of [loadPeer, (name: string) => locatePeer(name, '/x')]) {
      expect(() => load('no-such-package')).toThrow(MissingPeerError);
      expect(() => load('no-such-package')).toThrow('no-such-package');
    }
  });
});
