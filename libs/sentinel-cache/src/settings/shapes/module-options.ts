/** What stands beside the settings: in the second argument of `forRoot`, or in that of `forRootAsync`. */
export const MODULE_OPTIONS = Object.freeze([
  'isGlobal',
  'outageFilter',
  'loadUser',
  'sessionRepository',
  'pages',
  'clock',
  'faults',
] as const);

/** The name of an option of the module. */
export type ModuleOption = (typeof MODULE_OPTIONS)[number];
