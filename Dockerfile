# Images of db-migrate, of this repository alone: the programs need no C library, so
# each image has nothing but them, certificates and a user.
#
#   docker build --target worker --tag db-migrate-worker .
#
# Targets: customers (makes a demo database), starter, worker, devserver (Temporal's
# development server; its build takes minutes, and comes last).
FROM golang:1.26.8-bookworm AS build
ENV CGO_ENABLED=0 GOTOOLCHAIN=local
ARG VERSION=
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN go build -trimpath -buildvcs=false -ldflags "-s -w -X db-migrate/internal/commandline.release=$VERSION" \
        -o /out/usr/local/bin/ ./worker ./starter ./examples/customers
# What each image begins with. /data takes over a fresh volume's owner; /tmp is for
# SQLite's sorting, and the only folder that has to be writable.
RUN mkdir -p /out/etc/ssl/certs /out/root/etc /out/root/data /out/root/tmp \
    && cp /etc/ssl/certs/ca-certificates.crt /out/etc/ssl/certs/ \
    && echo 'migrate:x:10001:10001::/data:/none' > /out/root/etc/passwd \
    && echo 'migrate:x:10001:' > /out/root/etc/group \
    && chown 10001:10001 /out/root/data && chmod 1777 /out/root/tmp

FROM scratch AS base
COPY --from=build /out/root /
# For databases and a Temporal that are reached over TLS.
COPY --from=build /out/etc/ssl /etc/ssl
USER 10001:10001
WORKDIR /data

FROM base AS customers
COPY --from=build /out/usr/local/bin/customers /usr/local/bin/customers
ENTRYPOINT ["/usr/local/bin/customers"]

FROM base AS starter
COPY --from=build /out/usr/local/bin/starter /usr/local/bin/starter
ENTRYPOINT ["/usr/local/bin/starter"]

FROM base AS worker
COPY --from=build /out/usr/local/bin/worker /usr/local/bin/worker
EXPOSE 8086
HEALTHCHECK --interval=5s --timeout=5s --start-period=20s CMD ["/usr/local/bin/worker", "--ask-health", ":8086"]
ENTRYPOINT ["/usr/local/bin/worker", "--health", ":8086"]

FROM build AS devserver-build
WORKDIR /src/devserver
RUN go mod download && go build -trimpath -buildvcs=false -ldflags "-s -w" -o /out/devserver .

FROM base AS devserver
COPY --from=devserver-build /out/devserver /usr/local/bin/devserver
EXPOSE 7233 8233
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s CMD ["/usr/local/bin/devserver", "--check"]
ENTRYPOINT ["/usr/local/bin/devserver", "--ip", "0.0.0.0", "--db", "/data/temporal.db"]
