import type { LoginUser } from 'nestjs-sentinel-cache';
import type { PasswordOptions } from 'nestjs-sentinel-cache/passwords';

/** Who may log in. */
export interface DemoUser extends LoginUser {
  readonly id: number;
  readonly name: string;
  readonly fullName: string;
  /** Shown on the page, so that you can log in: this is a demo. */
  readonly password: string;
}

/**
 * How the hashes below were made: few iterations keep the demo quick. Django 5.2 takes 1 000 000, and so
 * should you.
 */
export const HASHING: PasswordOptions = { iterations: 60_000 };

/** Stands for Django's table auth_user. */
export const DEMO_USERS: readonly DemoUser[] = [
  {
    id: 1,
    name: 'ada',
    fullName: 'Ada Lovelace',
    password: 'engine-1843',
    passwordHash: 'pbkdf2_sha256$60000$kBQ2sTz7YvXw0rLmCq9dAe$jweh9u+AKGXIXB3M3YpJvq/Wyw/GRbeYm5UB2gxlRac=',
  },
  {
    id: 2,
    name: 'grace',
    fullName: 'Grace Hopper',
    password: 'compiler-1952',
    passwordHash: 'pbkdf2_sha256$60000$Wn4Hc8ZpFu1xJt6RgVb3oS$bDSgFmJbi+K1aO3/Wf+tFfMaoDT4ugOW+4a5hIRkZgQ=',
  },
];

/** The library asks for the user of a session by the id that the session holds. */
export function loadUser(id: string): DemoUser | undefined {
  return DEMO_USERS.find((user) => String(user.id) === id);
}

export function userNamed(name: string): DemoUser | undefined {
  return DEMO_USERS.find((user) => user.name === name);
}
