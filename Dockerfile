# docker build -t tributary .
# docker run --rm -v "$PWD/pipeline.yaml:/etc/tributary/pipeline.yaml:ro" tributary /etc/tributary/pipeline.yaml

FROM node:22-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npx tsc -b tsconfig.build.json && npx rolldown -c && npm prune --omit=dev --no-audit --no-fund

FROM node:22-bookworm-slim
ENV NODE_ENV=production
WORKDIR /opt/tributary
COPY --from=build /build/package.json /build/LICENSE ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
USER node
# Kafka Connect's REST API, where the worker's file has listeners=http://0.0.0.0:8083.
EXPOSE 8083
ENTRYPOINT ["node", "dist/main.js"]
CMD ["--help"]
