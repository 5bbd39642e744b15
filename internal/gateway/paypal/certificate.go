package paypal

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/paygraph/paygraph/internal/pay"
)

// PayPal signs with the key of a certificate and sends along where the certificate can be
// had. To get it there would be a request to the network that anybody could cause before
// anything is known of who asks. So the merchant sets the certificate, once a year when
// PayPal has a new one; the old one may stay beside it. It is still checked as if it had
// just been fetched: who issued it, for whom, and until when.

// signerHost names whom the certificates that PayPal signs with are for.
const (
	signerHost    = "messageverificationcerts.paypal.com"
	signerRehears = "messageverificationcerts.sandbox.paypal.com"
	minKeyBits    = 2048
)

var errCertificate = errors.New("no certificate of PayPal's")

// certificates reads PEM: those that could sign, and those of their issuers.
func certificates(text string) (signers []*x509.Certificate, issuers *x509.CertPool, err error) {
	issuers = x509.NewCertPool()
	for rest := []byte(text); ; {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil {
			if strings.TrimSpace(string(rest)) != "" || len(signers) == 0 {
				err = errCertificate
			}
			return signers, issuers, err
		}
		c, err := x509.ParseCertificate(block.Bytes)
		switch {
		case err != nil || block.Type != "CERTIFICATE":
			return nil, nil, errCertificate
		case c.IsCA:
			issuers.AddCert(c)
		default:
			signers = append(signers, c)
		}
	}
}

// signsFor says whether the certificate is for PayPal's signing in the environment. A
// rehearsal may have the one for real money: PayPal's own simulator signs with that.
func signsFor(c *x509.Certificate, e pay.Environment) bool {
	return c.VerifyHostname(signerHost) == nil || e == pay.Sandbox && c.VerifyHostname(signerRehears) == nil
}

// checkCertificate says why a setting is no such certificate. Whether it is valid is seen
// when something is signed with it: it may be set before it begins.
func (c connector) checkCertificate(e pay.Environment, value string) string {
	signers, _, err := certificates(value)
	if err != nil {
		return "The " + WebhookCertificate + " must be certificates in PEM: the one that signs, and those of its issuers."
	}
	for _, s := range signers {
		if !signsFor(s, e) {
			return "The " + WebhookCertificate + " must be for " + signerHost + ", as PayPal's own are."
		}
	}
	return ""
}

// signed says whether PayPal signed the message, by a certificate that is valid at a time.
// The signature is checked first, as that costs the least.
func (c connector) signed(certificate string, e pay.Environment, now time.Time, message string, signature []byte) bool {
	signers, issuers, err := certificates(certificate)
	if err != nil {
		return false
	}
	sum := sha256.Sum256([]byte(message))
	for _, s := range signers {
		key, ok := s.PublicKey.(*rsa.PublicKey)
		if !ok || key.N.BitLen() < minKeyBits || !signsFor(s, e) || rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) != nil {
			continue
		}
		_, err := s.Verify(x509.VerifyOptions{Roots: c.roots, Intermediates: issuers, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		if err == nil {
			return true
		}
	}
	return false
}

// isPayPals says whether a certificate is to be had at PayPal's, where nobody else could
// have put it.
func isPayPals(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https" && u.User == nil && u.Port() == "" && strings.HasSuffix(strings.ToLower(u.Hostname()), ".paypal.com")
}
