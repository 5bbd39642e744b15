package paypaltest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"hash/crc32"
	"math/big"
	"net/http"
	"time"
)

// WebhookID is the webhook that the server reports to.
const WebhookID = "5GP028458E2496506"

// Event is something that the server would report.
type Event struct {
	ID, Type string
	Body     []byte
}

// Events are those of all that happened so far, in their order.
func (s *Server) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Event{}, s.events...)
}

func (s *Server) happened(kind string, p *payment) {
	id := s.newID("WH-")
	body, err := json.Marshal(map[string]any{"id": id, "event_version": "1.0", "resource_version": "2.0", "create_time": time.Now().UTC().Format(time.RFC3339Nano),
		"event_type": kind, "resource_type": p.kind, "summary": "Something happened", "resource": p.shown()})
	if err != nil {
		panic(err)
	}
	s.events = append(s.events, Event{id, kind, body})
}

// Signer has a certificate as PayPal's is, from an authority of its own.
type Signer struct {
	// Roots trusts the authority, and PEM are the certificates.
	Roots *x509.CertPool
	PEM   string
	key   *rsa.PrivateKey
}

// NewSigner makes a certificate for a host, with keys of so many bits, that is valid from
// a year before until a year after a time.
func NewSigner(host string, bits int, at time.Time) Signer {
	root, rootKey := issue(template("Root", at, true), nil, nil, 2048)
	between, betweenKey := issue(template("Between", at, true), root, rootKey, 2048)
	leaf := template(host, at, false)
	leaf.DNSNames = []string{host}
	signer, key := issue(leaf, between, betweenKey, bits)
	roots := x509.NewCertPool()
	roots.AddCert(root)
	return Signer{roots, text(signer) + text(between), key}
}

func template(name string, at time.Time, authority bool) *x509.Certificate {
	return &x509.Certificate{SerialNumber: big.NewInt(at.UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: at.AddDate(-1, 0, 0), NotAfter: at.AddDate(1, 0, 0),
		IsCA: authority, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
}

func issue(c, by *x509.Certificate, with *rsa.PrivateKey, bits int) (*x509.Certificate, *rsa.PrivateKey) {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	if by == nil {
		by, with = c, key
	}
	made, err := x509.CreateCertificate(rand.Reader, c, by, &key.PublicKey, with)
	if err != nil {
		panic(err)
	}
	parsed, err := x509.ParseCertificate(made)
	if err != nil {
		panic(err)
	}
	return parsed, key
}

func text(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

// Sign returns the headers of a delivery to a webhook at a time, under a transmission's id.
func (s Signer) Sign(transmission, webhook string, body []byte, at time.Time) http.Header {
	stamp := at.UTC().Format(time.RFC3339)
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%s|%s|%d", transmission, stamp, webhook, crc32.ChecksumIEEE(body)))
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return http.Header{
		"Paypal-Transmission-Id":   {transmission},
		"Paypal-Transmission-Time": {stamp},
		"Paypal-Transmission-Sig":  {base64.StdEncoding.EncodeToString(signature)},
		"Paypal-Cert-Url":          {"https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270"},
		"Paypal-Auth-Algo":         {"SHA256withRSA"},
	}
}
