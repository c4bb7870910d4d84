import type { Serializer } from '../../ports/serializer.js';
import { Unwritable } from '../unserializable-value.js';
import { readMsgpack } from './msgpack-reader.js';
import { writeMsgpack } from './msgpack-writer.js';

/** Creates django-redis' MSGPackSerializer: the same bytes that Python's msgpack writes. */
export function createMsgpackSerializer(): Serializer {
  return {
    dumps(value) {
      try {
        return writeMsgpack(value);
      } catch (error) {
        throw Unwritable.of(error).toCodecError('MessagePack');
      }
    },
    loads: (bytes, budget) => readMsgpack(bytes, budget),
    writesWhole: true,
  };
}
