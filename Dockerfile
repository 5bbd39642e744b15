# The server in an image that holds it and nothing else: no shell, no packages.
#   docker build -t paygraph .

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# Static, so that it runs without a C library; -trimpath, so that the same source gives
# the same program wherever it is built.
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/paygraph .
RUN mkdir /out/data

FROM scratch
# What the identity provider's and the collector's certificates are checked with.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/paygraph /paygraph
# Nobody's account: it owns nothing but this empty directory.
COPY --from=build --chown=65532:65532 /out/data /var/lib/paygraph
USER 65532:65532
ENV PAYGRAPH_ADDR=:8080 PAYGRAPH_DEV=false PAYGRAPH_DATA_DIR=/var/lib/paygraph
EXPOSE 8080
# The server itself asks: there is no other program here.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["/paygraph", "health"]
# A stop lets requests finish, for as long as a gateway may take.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/paygraph"]
