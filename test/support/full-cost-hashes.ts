import type { PasswordAlgorithm } from '../../libs/sentinel-cache/src/passwords/hashers/password-costs.js';

/** Made by Django with the costs of Django 5.2. */
export const FULL_COST_HASHES: Readonly<Record<PasswordAlgorithm, string>> = {
  pbkdf2_sha256: 'pbkdf2_sha256$1000000$agy6c7agM3sDfGIAPZ7vKh$A0y4yeBVVi+sQbQ17+C2C4Hxf5nxKzjYzPbjKWYXRPA=',
  pbkdf2_sha1: 'pbkdf2_sha1$1000000$XgvgVMwEGJ2HExxGMVU4gJ$1nJ+N0U9lz+WGTpo3ucBE1kXOVE=',
  scrypt:
    'scrypt$16384$GLYo9L5rwbIHvhnt43hbmc$8$5$dPxCPfFCr0OkzwrU2e8iYuCnp93vLiT/7N8laCCp61SjpCWebGOADqT2opV3tum7stN0IgqhbNfxYQbRTWXk4w==',
  argon2: 'argon2$argon2id$v=19$m=102400,t=2,p=8$VER3Rmh6SklzdUNYOVhzZjN1VVBwdg$+0a5wv23W2sQ9MZMsvlq+tOtU0IKMHTGELYrU6m0QiY',
  bcrypt: 'bcrypt$$2b$12$0Xqc/Tig4yVh4PEywwu9HOSs/LWISEb3hYjhskjfvQ0FVj6hoIOnC',
  bcrypt_sha256: 'bcrypt_sha256$$2b$12$t4DlmkHFG0Ov5incwWAaOuAhdmkk6fOGcnFyvVNtcOn/OyjHywO8u',
};
