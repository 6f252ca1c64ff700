# The programs need no C library: they are linked statically.
FROM golang:1.26.8-bookworm AS build
ENV CGO_ENABLED=0 GOTOOLCHAIN=local
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN go build -trimpath -buildvcs=false -o bin/ ./worker ./starter ./examples/customers

# A shell is of use beside a migration: to look at its log, to make a database.
FROM debian:trixie-20260803-slim AS runtime
# The certificates are for databases and a Temporal reached over TLS.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/bin/worker /src/bin/starter /src/bin/customers /usr/local/bin/
# A fresh volume takes over the owner of the folder that it is mounted on.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin migrate \
    && install --directory --owner=10001 --group=10001 /data
USER 10001:10001
WORKDIR /data
CMD ["worker"]
