# mode-scim-bridge: SCIM 2.0 in front of Mode.
#
#   docker build -t mode-scim-bridge .
#   docker run --rm -v bridge-data:/data mode-scim-bridge migrate
#   docker run -p 8080:8080 -v bridge-data:/data -v ./key:/run/key:ro -e ENCRYPTION_KEY_FILE=/run/key mode-scim-bridge
#
# `npm run check:image` carries out the steps of this file without Docker.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY .npmrc package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build
RUN npm prune --omit=dev --ignore-scripts --no-audit

FROM node:24-bookworm-slim AS runtime
LABEL org.opencontainers.image.title="mode-scim-bridge" \
      org.opencontainers.image.description="Runs people's access to Mode from an identity provider by SCIM 2.0"
ENV NODE_ENV=production \
    NODE_OPTIONS=--enable-source-maps \
    HOST=0.0.0.0 \
    PORT=8080 \
    DATABASE_URL=sqlite:/data/bridge.db
WORKDIR /app
# The code belongs to root and is read by `node`, who owns nothing but /data.
COPY package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY scim-schemas ./scim-schemas
RUN install -d -o node -g node -m 0750 /data
VOLUME /data
USER node
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/cli.js"]
CMD ["serve"]
