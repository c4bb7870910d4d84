import { ClassSerializerInterceptor } from '@nestjs/common';
import { INTERCEPTORS_METADATA } from '@nestjs/common/constants.js';
import type { ApplicationConfig } from '@nestjs/core';

import type { Serializer } from '../../decorators/method-facts.js';

/** Where `@SerializeOptions()` keeps what it is given. */
const SERIALIZER_OPTIONS = 'class_serializer:options';

/** Tells which ClassSerializerInterceptor serializes what a route returns, by its class. */
export function serializerOf(type: Function, method: Function): Serializer {
  const places = [method, type];
  const options = places.map((place) => Reflect.getMetadata(SERIALIZER_OPTIONS, place) as { type?: unknown } | undefined);
  if (options.find((given) => given !== undefined)?.type !== undefined) return 'none';
  const all = places.flatMap((place) => (Reflect.getMetadata(INTERCEPTORS_METADATA, place) as unknown[] | undefined) ?? []);
  return all.some(isSerializer) ? 'here' : 'global';
}

/** Whether a ClassSerializerInterceptor of the whole application serializes what all routes return. */
export function serializesAll(config: ApplicationConfig): boolean {
  const ofRequests = config.getGlobalRequestInterceptors().map(({ metatype }) => metatype);
  return [...config.getGlobalInterceptors(), ...ofRequests].some(isSerializer);
}

/** Whether this is ClassSerializerInterceptor or a class of it, or an instance of one. */
function isSerializer(value: unknown): boolean {
  const made: unknown = typeof value === 'function' ? value.prototype : value;
  return made instanceof ClassSerializerInterceptor || made === ClassSerializerInterceptor.prototype;
}
