package config

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/paygraph/paygraph/internal/auth"
)

// guessable finds secrets that a person made up. It cannot find all of them; it
// is there for those that were copied from an example.
func guessable(secret string) bool {
	distinct := map[rune]bool{}
	for _, r := range secret {
		distinct[r] = true
	}
	if len(distinct) < 8 { // 32 random hex digits have fewer once in ten million
		return true
	}
	lower := strings.ToLower(secret)
	for _, word := range []string{"secret", "password", "passw0rd", "changeme", "change-me", "change_me", "example", "qwerty", "12345678", "abcdefgh"} {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return false
}

// DevelopmentSecret returns the secret in dir/jwt-secret, 64 hexadecimal digits
// that are used as they stand. The first call makes it, readable for this user
// only, and the directory too. Processes that race get the same one.
func DevelopmentSecret(dir string) ([]byte, error) {
	secret, err := developmentSecret(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: development secret: %w", dataDirName, err)
	}
	return secret, nil
}

func developmentSecret(dir string) ([]byte, error) {
	file := filepath.Join(dir, "jwt-secret")
	secret, err := readSecret(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return secret, err
	}
	mode := os.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o711 // the private server's account must pass through it
	}
	if err := os.MkdirAll(dir, mode); err != nil {
		return nil, err
	}
	if err := createSecret(file); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return readSecret(file) // the winner's
}

func readSecret(file string) ([]byte, error) {
	text, err := os.ReadFile(file) // #nosec G304 -- in the data directory of who starts the program
	if err != nil {
		return nil, err
	}
	secret := strings.TrimSpace(string(text))
	if raw, err := hex.DecodeString(secret); err != nil || len(raw) != auth.MinSecret {
		return nil, fmt.Errorf("%s does not hold 64 hexadecimal digits; remove it to get a new one", file)
	}
	return []byte(secret), nil
}

// createSecret links a finished file to its name: that fails when the name is
// taken, and nobody ever reads half a secret.
func createSecret(file string) error {
	draft, err := os.CreateTemp(filepath.Dir(file), "jwt-secret-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name())
	var random [auth.MinSecret]byte
	rand.Read(random[:])
	_, err = fmt.Fprintln(draft, hex.EncodeToString(random[:]))
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	return os.Link(draft.Name(), file)
}
