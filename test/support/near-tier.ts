/** OPTIONS of every cache that these tests open: `NEAR_TIER=1` lets them keep what they read. */
export const NEAR_TIER: { readonly nearCache?: object } = process.env['NEAR_TIER'] === '1' ? { nearCache: { maxAge: '1h' } } : {};
