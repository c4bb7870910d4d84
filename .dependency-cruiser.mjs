/** The rules of the house, made from the one rank table in scripts/ranks.mjs. Run by `npm run check`. */
import {
  EDGE_RANK,
  FACE,
  FRAMEWORK_SUFFIXES,
  LADDERS,
  LAW,
  OWNED_PACKAGES,
  RANKS,
  mayImport,
  roomsAfter,
} from './scripts/ranks.mjs';

const SRC = '^libs/sentinel-cache/src/';
const SPEC = '\\.spec\\.ts$';
const inFolders = (folders) => `${SRC}(${folders.join('|')})/`;
const forbid = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to });

const ranks = RANKS.flatMap((entry) => {
  const others = RANKS.filter((other) => other.folder !== entry.folder);
  const forbidden = others.filter((other) => !mayImport(entry, other)).map(({ folder }) => folder);
  const higher = others.filter((other) => other.rank > entry.rank && other.folder !== 'testing').map(({ folder }) => folder);
  const own = inFolders([entry.folder]);
  const name = `rank-${entry.rank}-${entry.folder}`;
  return [
    forbid(
      name,
      LAW,
      { path: own, pathNot: SPEC },
      { path: [...(forbidden.length ? [inFolders(forbidden)] : []), `${SRC}[^/]+$`] },
    ),
    forbid(
      `${name}-spec`,
      `${LAW} Specs may also use equal ranks and testing/.`,
      { path: `${own}.*${SPEC}` },
      { path: [...(higher.length ? [inFolders(higher)] : []), `${SRC}[^/]+$`] },
    ),
  ];
});

/** A room's own files, its sub-rooms' aside. */
const inRoom = (folder, room) => `^${folder}/${room}/[^/]+$`;

const rooms = LADDERS.flatMap((ladder) => {
  const { folder, rooms: all } = ladder;
  return all.map((room) =>
    forbid(
      `room-${folder.split('/src/')[1] ?? folder.split('/')[1]}-${room.replaceAll('/', '-')}`,
      `A room of ${folder}/ imports only from rooms before it: ${all.join(', ')}, and last the files beside them.`,
      { path: inRoom(folder, room), pathNot: SPEC },
      { path: [...roomsAfter(ladder, room).map((after) => inRoom(folder, after)), `^${folder}/[^/]+$`] },
    ),
  );
});

const face = forbid(
  'edges-see-the-face',
  `Edges (rank ${EDGE_RANK}) see of the cache only its face, and of the settings only their result.`,
  { path: inFolders(RANKS.filter(({ rank }) => rank === EDGE_RANK).map(({ folder }) => folder)), pathNot: SPEC },
  {
    path: inFolders(Object.keys(FACE)),
    pathNot: Object.entries(FACE).map(([folder, files]) => `${SRC}${folder}/(${files.join('|')})\\.ts$`),
  },
);

const owned = Object.entries(OWNED_PACKAGES).map(([name, folder]) =>
  forbid(
    `only-${folder}-imports-${name}`,
    `Only ${folder}/ imports ${name}.`,
    { path: SRC, pathNot: inFolders([folder]) },
    { path: `(^|/)${name}(/|$)` },
  ),
);

export default {
  forbidden: [
    ...ranks,
    ...rooms,
    face,
    ...owned,
    forbid(
      'frameworks-by-suffix',
      `Nest, Express and Fastify appear only in files ending in ${FRAMEWORK_SUFFIXES.map((suffix) => `.${suffix}.ts`).join(' ')}`,
      { path: SRC, pathNot: [`\\.(${FRAMEWORK_SUFFIXES.join('|')})\\.ts$`, SPEC] },
      { path: '(^|/)(@nestjs|@types/express[^/]*|express|fastify)(/|$)' },
    ),
    forbid(
      'library-stands-alone',
      'sentinel-cache imports itself, Node and its declared dependencies: no other part of this repository.',
      { path: SRC, pathNot: SPEC },
      { path: '^(libs/(?!sentinel-cache/src/)|apps/|test/|bench/|scripts/)' },
    ),
    forbid(
      'specs-share-support',
      'A spec of sentinel-cache may also use test/support/: no other part of this repository.',
      { path: `${SRC}.*${SPEC}` },
      { path: '^(libs/(?!sentinel-cache/src/)|apps/|test/(?!support/)|bench/|scripts/)' },
    ),
    forbid(
      'local-sentinel-stands-alone',
      'local-sentinel knows nothing of Nest, nor of the rest of this repository.',
      { path: '^libs/local-sentinel/src/' },
      { path: '^(libs/(?!local-sentinel/src/)|apps/|test/|bench/|scripts/)|(^|/)@nestjs/' },
    ),
    forbid(
      'demo-imports-what-users-can',
      'The demo imports only what a user could import.',
      { path: '^apps/' },
      { path: '^(libs/[^/]+/src/|test/|bench/|scripts/)' },
    ),
    forbid(
      'declared-dependencies-only',
      'A library imports only packages that its own package.json names as dependency or peer.',
      { path: '^libs/[^/]+/src/', pathNot: SPEC },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['npm', 'npm-peer', 'npm-optional'] },
    ),
    forbid('no-cycles', 'Imports go one way.', { path: '^(libs|apps)/' }, { circular: true }),
    forbid(
      'resolvable',
      'An import that leads nowhere.',
      { path: '^(libs|apps|test)/' },
      { couldNotResolve: true, pathNot: '^(nestjs-sentinel-cache|local-sentinel)(/|$)' },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    doNotFollow: { path: 'node_modules|/dist/' },
    exclude: { path: '/dist/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'node', 'default'] },
  },
};
