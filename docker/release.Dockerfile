# The image of a program that goreleaser has built (.goreleaser.yaml).
FROM debian:trixie-20260803-slim AS files
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates \
    && mkdir -p /out/etc/ssl/certs /out/data /out/tmp \
    && cp /etc/ssl/certs/ca-certificates.crt /out/etc/ssl/certs/ \
    && echo 'migrate:x:10001:10001::/data:/none' > /out/etc/passwd \
    && echo 'migrate:x:10001:' > /out/etc/group \
    && chown 10001:10001 /out/data && chmod 1777 /out/tmp

FROM scratch
ARG TARGETPLATFORM
ARG PROGRAM
COPY --from=files /out /
COPY $TARGETPLATFORM/$PROGRAM /usr/local/bin/program
USER 10001:10001
WORKDIR /data
ENTRYPOINT ["/usr/local/bin/program"]
