# The demo, built from this repository. Used by docker-compose.yml.
FROM node:22-slim AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY libs/local-sentinel/package.json libs/local-sentinel/
COPY libs/sentinel-cache/package.json libs/sentinel-cache/
COPY apps/demo/package.json apps/demo/

FROM manifests AS build
RUN npm ci
COPY . .
RUN npm run build

FROM manifests
ENV NODE_ENV=production
RUN npm ci --omit=dev
COPY --from=build /app/libs/sentinel-cache/dist libs/sentinel-cache/dist
COPY --from=build /app/apps/demo apps/demo
COPY docker/demo-settings.json docker/
USER node
CMD ["node", "apps/demo/dist/main.js"]
