import { defineScript } from '../../connection/scripts.js';
import { ABSENT } from '../port/entry-token.js';
import { TOKEN_LENGTH } from '../port/tag-store.js';
import { ADD } from './redis-scripts.js';

/**
 * Gives back what is under each key, and stores something where there is nothing. ARGV: what may be left at
 * least, the lifetime ('' for ever), then what to store.
 */
export const GENERATIONS = defineScript(
  'stampTags',
  `local reply = {}
for i = 1, #KEYS do
  local generation = redis.call('GET', KEYS[i])
  if not generation then
    generation = ARGV[i + 2]
    if ARGV[2] == '' then redis.call('SET', KEYS[i], generation) else redis.call('SET', KEYS[i], generation, 'PX', ARGV[2]) end
  elseif ARGV[2] == '' then
    redis.call('PERSIST', KEYS[i])
  else
    local left = redis.call('PTTL', KEYS[i])
    if left >= 0 and left < tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[i], ARGV[2]) end
  end
  reply[i] = generation
end
return reply`,
);

/**
 * KEYS: entries, each followed by its companion. ARGV: lifetime of both ('' for ever, '0' deletes), the
 * condition ('' for none, 'nx', 'xx', 'token'), the tokens of entry and companion ('' for any), then bytes
 * and companions ('' for none).
 */
export const WRITE_WITH_COMPANIONS = defineScript(
  'set',
  `local function token(key)
  local bytes = redis.call('GET', key)
  return bytes and redis.sha1hex(bytes) or '${ABSENT}'
end
local function put(key, bytes, life)
  if life == '0' or bytes == nil then redis.call('UNLINK', key)
  elseif life == '' then redis.call('SET', key, bytes)
  else redis.call('SET', key, bytes, 'PX', life) end
end
if ARGV[3] == 'token' then
  if token(KEYS[1]) ~= ARGV[4] then return 0 end
  if ARGV[5] ~= '' and token(KEYS[2]) ~= ARGV[5] then return 0 end
elseif ARGV[3] ~= '' then
  if (redis.call('EXISTS', KEYS[1]) == 1) ~= (ARGV[3] == 'xx') then return 0 end
end
for i = 1, #KEYS, 2 do
  put(KEYS[i], ARGV[i + 5], ARGV[1])
  put(KEYS[i + 1], ARGV[i + 6] ~= '' and ARGV[i + 6] or nil, ARGV[2])
end
return 1`,
);

/**
 * KEYS as above. For each entry: its companion, '' when none belongs to it, or nothing when there was no
 * entry. The bytes of an entry without a companion are not read.
 */
export const REMOVE_WITH_COMPANIONS = defineScript(
  'delete',
  `local reply = {}
for i = 1, #KEYS, 2 do
  local beside = ''
  local companion = redis.call('MGET', KEYS[i + 1])[1]
  if companion then
    local bytes = redis.call('MGET', KEYS[i])[1]
    if bytes and redis.sha1hex(bytes) == string.sub(companion, 1, ${TOKEN_LENGTH}) then beside = companion end
    redis.call('UNLINK', KEYS[i + 1])
  end
  reply[#reply + 1] = redis.call('UNLINK', KEYS[i]) == 1 and beside
end
return reply`,
);

/** KEYS: entry, companion. ARGV: the command, its argument for either. */
export const TOUCH_WITH_COMPANION = defineScript(
  'touch',
  `if ARGV[1] == 'PERSIST' then
  redis.call('PERSIST', KEYS[2])
  return redis.call('PERSIST', KEYS[1])
end
redis.call(ARGV[1], KEYS[2], ARGV[3])
return redis.call(ARGV[1], KEYS[1], ARGV[2])`,
);

/** As `INCREMENT`; a companion that belonged to the old bytes belongs to the new ones. */
export const INCREMENT_WITH_COMPANION = defineScript(
  'incr',
  `local function add()
${ADD}
end
local companion = redis.call('MGET', KEYS[2])[1]
local before = companion and redis.call('MGET', KEYS[1])[1]
local sum = add()
if before and type(sum) == 'string' and redis.sha1hex(before) == string.sub(companion, 1, ${TOKEN_LENGTH}) then
  redis.call('SET', KEYS[2], redis.sha1hex(sum) .. string.sub(companion, ${TOKEN_LENGTH + 1}), 'KEEPTTL')
end
return sum`,
);

/** KEYS: entry, companion, their new names. A companion that does not belong to the entry is deleted. */
export const MOVE_WITH_COMPANION = defineScript(
  'incrVersion',
  `if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if KEYS[1] == KEYS[3] then return 1 end
local companion = redis.call('MGET', KEYS[2])[1]
local bytes = companion and redis.call('MGET', KEYS[1])[1]
redis.call('RENAME', KEYS[1], KEYS[3])
redis.call('UNLINK', KEYS[4])
if bytes and redis.sha1hex(bytes) == string.sub(companion, 1, ${TOKEN_LENGTH}) then redis.call('RENAME', KEYS[2], KEYS[4])
else redis.call('UNLINK', KEYS[2]) end
return 1`,
);
