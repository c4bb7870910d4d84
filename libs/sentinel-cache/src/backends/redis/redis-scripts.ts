import { defineScript } from '../../connection/scripts.js';
import { ABSENT } from '../port/entry-token.js';

/**
 * Adds to a raw integer, its life kept. INCRBY does it within 64 bits; the entry's text is read for the sum,
 * since the reply would pass through Lua's doubles. What INCRBY refuses and is an integer nevertheless is
 * added by limbs of seven digits, each with its number's sign; INCRBY's own error is given back for the rest.
 * Python reads 4300 digits and no more.
 */
export const ADD = `if redis.call('EXISTS', KEYS[1]) == 0 then return false end
local reply = redis.pcall('INCRBY', KEYS[1], ARGV[1])
if type(reply) == 'number' then return redis.call('GET', KEYS[1]) end
local function limbs(text)
  local minus, digits = string.match(text, '^(-?)([1-9]%d*)$')
  if text == '0' then return {0} end
  if not digits or #digits > 4300 then return nil end
  local list = {}
  for last = #digits, 1, -7 do
    list[#list + 1] = tonumber(string.sub(digits, math.max(1, last - 6), last)) * (minus == '-' and -1 or 1)
  end
  return list
end
local a, b = limbs(redis.call('GET', KEYS[1])), limbs(ARGV[1])
if not a or not b then return reply end
local size, sign, carry, text = math.max(#a, #b), 0, 0, {}
for i = 1, size do
  a[i] = (a[i] or 0) + (b[i] or 0)
  if a[i] ~= 0 then sign = a[i] < 0 and -1 or 1 end
end
for i = 1, size do
  local limb = a[i] * sign + carry
  carry = math.floor(limb / 10000000)
  text[size - i + 1] = string.format('%07d', limb - carry * 10000000)
end
local digits = string.gsub(carry .. table.concat(text), '^0+', '')
if digits == '' then digits = '0' end
if #digits > 4300 then return redis.error_reply('ERR increment or decrement would overflow') end
if sign < 0 then digits = '-' .. digits end
redis.call('SET', KEYS[1], digits, 'KEEPTTL')
return digits`;

/** See `ADD`. */
export const INCREMENT = defineScript('incr', ADD);

/** Another key, the same bytes and life. A key that is moved to itself stays. */
export const MOVE = defineScript(
  'incrVersion',
  `if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('RENAME', KEYS[1], KEYS[2])
return 1`,
);

/** All or none; ARGV: the lifetime ('' for ever), then the bytes. */
export const SET_MANY = defineScript(
  'setMany',
  `for i = 1, #KEYS do
  if ARGV[1] == '' then redis.call('SET', KEYS[i], ARGV[i + 1]) else redis.call('SET', KEYS[i], ARGV[i + 1], 'PX', ARGV[1]) end
end
return #KEYS`,
);

export const GET_WITH_LIFE = defineScript(
  'get',
  `local bytes = redis.call('GET', KEYS[1])
if not bytes then return false end
return {bytes, redis.call('PTTL', KEYS[1])}`,
);

/**
 * For each key its bytes, or none, and its PTTL. MGET takes another kind of value for none, where GET would
 * end the script.
 */
export const GET_MANY_WITH_LIFE = defineScript(
  'getMany',
  `local reply = {}
for i = 1, #KEYS do
  reply[i] = {redis.call('MGET', KEYS[i])[1], redis.call('PTTL', KEYS[i])}
end
return reply`,
);

/** ARGV: the token, the bytes, the lifetime ('' for ever, '0' deletes). */
export const COMPARE_AND_SET = defineScript(
  'compareAndSet',
  `local bytes = redis.call('GET', KEYS[1])
local token = bytes and redis.sha1hex(bytes) or '${ABSENT}'
if token ~= ARGV[1] then return 0 end
if ARGV[3] == '0' then redis.call('DEL', KEYS[1])
elseif ARGV[3] == '' then redis.call('SET', KEYS[1], ARGV[2])
else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1`,
);
