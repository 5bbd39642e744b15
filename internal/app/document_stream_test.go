package app_test

import (
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// TestTrustedStreams proves that a key which is held to trusted documents follows by those
// and by no others, named by their id or as text, over both transports.
func TestTrustedStreams(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.pay(t, "before", s.whole("", s.order(100)))
	trustDocuments(t, s.admin, followDocument)
	key := heldKey(t, s.admin).secret
	start := apptest.Vars{"after": wholeLog(t, s.admin, nil)[0].Cursor}
	other := strings.Replace(followDocument, " seq", "", 1)
	for name, c := range map[string]struct{ document, code string }{
		"by id":         {documentID(followDocument), ""},
		"as text":       {followDocument, ""},
		"not trusted":   {other, "DOCUMENT_NOT_TRUSTED"},
		"an unknown id": {documentID(other), "DOCUMENT_NOT_TRUSTED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			socket, _ := dial(t, s.api.URL, nil)
			defer socket.close()
			socket.greet(t, key)
			socket.subscribe(t, "1", c.document, start)
			events, _ := listenFor(t, s.api.URL, key, c.document, start)
			defer events.close()
			for transport, told := range map[string]news{"websocket": socket.next(t), "server-sent events": events.next(t)} {
				if told.code != c.code || (told.event != nil) != (c.code == "") || c.code != "" && !strings.Contains(told.text, "requestId") {
					t.Errorf("%s: told %+v", transport, told)
				}
			}
		})
	}
	socket, _ := dial(t, s.api.URL, nil)
	defer socket.close()
	socket.greet(t, s.admin.Token())
	socket.subscribe(t, "1", documentID(other), start)
	if errors, text := socket.refused(t, "1"); errors[0].Extensions.Code != "DOCUMENT_NOT_FOUND" {
		t.Errorf("another key, an unknown id: %s", text)
	}
}
