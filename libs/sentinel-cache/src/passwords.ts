export { checkPassword } from './passwords/check-password.js';
export { makePassword } from './passwords/make-password.js';
export { mustUpgradePassword } from './passwords/must-upgrade-password.js';
export { isPasswordUsable } from './passwords/unusable-password.js';
export type { PasswordOptions } from './passwords/password-options.js';
export type { PasswordAlgorithm } from './passwords/hashers/password-costs.js';
export type { PasswordPackages } from './passwords/hashers/password-packages.js';
