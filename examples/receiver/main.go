// Command receiver takes webhooks. It is the smallest server that can trust what it is
// told, and is meant to be copied: receiver.go checks the signature, knows again what it
// has had, and answers before the work is done.
//
//	WEBHOOK_SECRET=whsec_… go run ./examples/receiver --addr localhost:9000
//
// The secret is what createWebhookEndpoint showed. Messages are printed, a line each.
package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"
)

func main() {
	addr := flag.String("addr", "localhost:9000", "host and port to listen at")
	flag.Parse()
	messages := make(chan message, 1000)
	handler, err := newReceiver(os.Getenv("WEBHOOK_SECRET"), messages)
	if err != nil {
		fmt.Fprintln(os.Stderr, "receiver: WEBHOOK_SECRET:", err)
		os.Exit(2)
	}
	go func() {
		for m := range messages {
			fmt.Printf("%s %s %s\n", m.Timestamp.Format(time.RFC3339), m.Type, m.Data)
		}
	}()
	server := &http.Server{Addr: *addr, Handler: handler, ReadTimeout: 10 * time.Second}
	fmt.Fprintln(os.Stderr, "receiver:", server.ListenAndServe())
	os.Exit(1)
}
