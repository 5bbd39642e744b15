package auth_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/pay"
)

func TestForgedTokenIsRefused(t *testing.T) {
	t.Parallel()
	a := newAuthenticator(t, settings, &memory{})
	accepted(t, a, signed(goodClaims)) // what the forgeries are made from is good
	for outcome, f := range forgeries(t) {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			refused(t, a, f.authorization, f.reason)
		})
	}
}

type forgery struct{ authorization, reason string }

func forgeries(t *testing.T) map[string]forgery {
	all := map[string]forgery{}
	for _, part := range []map[string]forgery{forgedForms(), forgedHeaders(t), forgedClaims(), forgedRights()} {
		for outcome, f := range part {
			if _, twice := all[outcome]; twice {
				t.Fatalf("%s is there twice", outcome)
			}
			all[outcome] = f
		}
	}
	if len(all) < 60 {
		t.Fatalf("only %d forgeries", len(all))
	}
	return all
}

// forgedForms are no tokens at all, or taken apart.
func forgedForms() map[string]forgery {
	good := signed(goodClaims)
	parts := strings.Split(good, ".")
	tail := good[len(good)-1:]
	spelling := "AEIMQUYcgkosw048" // last characters without unused bits
	other := string("BFJNRVZdhlptx159"[strings.Index(spelling, tail)])
	return map[string]forgery{
		"no header":                     {"", "no bearer credential"},
		"only spaces":                   {"   ", "no bearer credential"},
		"bare scheme":                   {"Bearer", "no bearer credential"},
		"bare scheme and space":         {"Bearer ", "no bearer credential"},
		"basic scheme":                  {"Basic " + encode("ana:password"), "no bearer credential"},
		"token under basic scheme":      {"Basic" + strings.TrimPrefix(good, "Bearer"), "no bearer credential"},
		"no scheme":                     {strings.TrimPrefix(good, "Bearer "), "no bearer credential"},
		"tab after scheme":              {strings.Replace(good, " ", "\t", 1), "no bearer credential"},
		"two credentials":               {good + ", " + good, "character"},
		"line break inside":             {good[:20] + "\n" + good[20:], "character"},
		"letter outside ASCII":          {good + "é", "character"},
		"NUL inside":                    {good + "\x00", "character"},
		"not a token":                   {"Bearer x", "segments"},
		"two parts":                     {parts[0] + "." + parts[1], "segments"},
		"four parts":                    {good + "." + parts[2], "segments"},
		"only dots":                     {"Bearer ..", "header"},
		"empty signature":               {parts[0] + "." + parts[1] + ".", "signature is invalid"},
		"half a signature":              {good[:len(good)-23], "signature is invalid"},
		"second spelling of signature":  {good[:len(good)-1] + other, "decode signature"},
		"padded signature":              {good + "=", "decode signature"},
		"claims of another token":       {parts[0] + "." + strings.Split(signed(goodClaims.with(object{"role": "ADMIN"})), ".")[1] + "." + parts[2], "signature is invalid"},
		"longer than 8 KiB":             {signed(goodClaims.with(object{"pad": strings.Repeat("x", 7000)})), "too long"},
		"huge":                          {"Bearer " + strings.Repeat("a", 10<<20), "too long"},
		"deeply nested claims":          {hs256(goodHeader.String(), strings.Repeat("[", 4000), secret), "claim"},
		"claims are null":               {hs256(goodHeader.String(), "null", secret), "exp claim is required"},
		"claims are an array":           {hs256(goodHeader.String(), "[]", secret), "not an object"},
		"claims are text":               {hs256(goodHeader.String(), `"role"`, secret), "not an object"},
		"claims are no JSON":            {hs256(goodHeader.String(), "role=ADMIN", secret), "claim"},
		"more behind the claims":        {hs256(goodHeader.String(), goodClaims.String()+"{}", secret), "claim"},
		"no claims":                     {hs256(goodHeader.String(), "", secret), "claim"},
		"empty claims":                  {hs256(goodHeader.String(), "{}", secret), "exp claim is required"},
		"encrypted token of five parts": {"Bearer " + strings.Repeat(encode("{}")+".", 4) + "x", "segments"},
	}
}

// forgedHeaders lie about how the token is signed.
func forgedHeaders(t *testing.T) map[string]forgery {
	claims := goodClaims.String()
	unsigned := func(alg string) string {
		return "Bearer " + encode(`{"alg":"`+alg+`"}`) + "." + encode(claims) + "."
	}
	header := func(change object) string { return hs256(goodHeader.with(change).String(), claims, secret) }
	stranger := []byte("an entirely different key of the right size")
	jwk := object{"kty": "oct", "k": base64.RawURLEncoding.EncodeToString(stranger)}
	return map[string]forgery{
		"algorithm none":                    {unsigned("none"), "signing method none is invalid"},
		"algorithm None":                    {unsigned("None"), "unavailable"},
		"algorithm none with signature":     {header(object{"alg": "none"}), "signing method none is invalid"},
		"no algorithm":                      {header(object{"alg": nil}), "unspecified"},
		"algorithm is a number":             {header(object{"alg": 256}), "unspecified"},
		"algorithm in lower case":           {header(object{"alg": "hs256"}), "unavailable"},
		"algorithm HS512":                   {header(object{"alg": "HS512"}), "signing method HS512 is invalid"},
		"algorithm RS256, secret as key":    {header(object{"alg": "RS256"}), "signing method RS256 is invalid"},
		"signed with RS256":                 {rs256(t, strangerKey(), `{"alg":"RS256"}`, claims), "signing method RS256 is invalid"},
		"wrong secret":                      {hs256(goodHeader.String(), claims, stranger), "signature is invalid"},
		"empty secret":                      {hs256(goodHeader.String(), claims, nil), "signature is invalid"},
		"kid that leads to an empty file":   {hs256(`{"alg":"HS256","kid":"/dev/null"}`, claims, nil), "signature is invalid"},
		"kid with SQL":                      {hs256(`{"alg":"HS256","kid":"' UNION SELECT 'x"}`, claims, []byte("x")), "signature is invalid"},
		"key in the header":                 {hs256(goodHeader.with(object{"jwk": jwk}).String(), claims, stranger), "signature is invalid"},
		"key URL in the header":             {hs256(goodHeader.with(object{"jku": "https://evil.example/keys"}).String(), claims, stranger), "signature is invalid"},
		"certificate URL in the header":     {hs256(goodHeader.with(object{"x5u": "https://evil.example/cert"}).String(), claims, stranger), "signature is invalid"},
		"critical extension":                {header(object{"crit": []string{"b64"}, "b64": false}), "extension"},
		"header is null":                    {hs256("null", claims, secret), "unspecified"},
		"header is an array":                {hs256("[]", claims, secret), "header"},
		"header is no JSON":                 {hs256("alg", claims, secret), "header"},
		"twice an algorithm, the last none": {hs256(`{"alg":"HS256","alg":"none"}`, claims, secret), "signing method none is invalid"},
	}
}

// forgedClaims are signed with the right secret, but not for here or now.
func forgedClaims() map[string]forgery {
	claims := func(change object) string { return signed(goodClaims.with(change)) }
	twice := func(member string) string {
		return hs256(goodHeader.String(), strings.Replace(goodClaims.String(), "{", "{"+member+",", 1), secret)
	}
	return map[string]forgery{
		"other issuer":                {claims(object{"iss": "paygraph2"}), "invalid issuer"},
		"issuer in upper case":        {claims(object{"iss": "PAYGRAPH"}), "invalid issuer"},
		"no issuer":                   {claims(object{"iss": nil}), "iss claim is required"},
		"issuer is a list":            {claims(object{"iss": []string{"paygraph"}}), "iss"},
		"other audience":              {claims(object{"aud": "payments2"}), "invalid audience"},
		"other audiences":             {claims(object{"aud": []string{"a", "b"}}), "invalid audience"},
		"no audience":                 {claims(object{"aud": nil}), "aud claim is required"},
		"empty list of audiences":     {claims(object{"aud": []string{}}), "aud claim is required"},
		"expired":                     {claims(object{"exp": now.Add(-time.Hour).Unix()}), "expired"},
		"expired just now":            {claims(object{"exp": now.Add(-time.Minute).Unix()}), "expired"},
		"expired at the epoch":        {claims(object{"exp": 0}), "expired"},
		"no expiry":                   {claims(object{"exp": nil}), "exp claim is required"},
		"expiry twice, once null":     {twice(`"exp":null`), "twice"},
		"expiry is text":              {claims(object{"exp": "never"}), "exp"},
		"expiry beyond all numbers":   {hs256(goodHeader.String(), strings.Replace(goodClaims.String(), `"exp":`, `"exp":1e999,"x":`, 1), secret), "exp"},
		"not yet valid":               {claims(object{"nbf": now.Add(61 * time.Second).Unix()}), "not valid yet"},
		"issued in the future":        {claims(object{"iat": now.Add(time.Hour).Unix()}), "used before issued"},
		"the same role twice":         {twice(`"role":"STAFF"`), "twice"},
		"two roles":                   {twice(`"role":"ADMIN"`), "twice"},
		"two roles, one escaped":      {twice(`"r\u006fle":"ADMIN"`), "twice"},
		"an unknown claim twice":      {twice(`"x":1,"x":2`), "twice"},
		"no subject":                  {claims(object{"sub": nil}), "subject"},
		"empty subject":               {claims(object{"sub": ""}), "subject"},
		"subject is a number":         {claims(object{"sub": 7}), "sub"},
		"subject with line break":     {claims(object{"sub": "ana\nadmin:root"}), "subject"},
		"subject with NUL":            {claims(object{"sub": "ana\x00"}), "subject"},
		"subject longer than 255":     {claims(object{"sub": strings.Repeat("a", 256)}), "subject"},
		"role and subject names case": {hs256(goodHeader.String(), strings.Replace(goodClaims.String(), `"role"`, `"Role"`, 1), secret), "role"},
	}
}

// forgedRights are signed with the right secret and ask for what nobody has.
func forgedRights() map[string]forgery {
	claims := func(change object) string { return signed(goodClaims.with(change)) }
	operator := object{"role": "OPERATOR", "company": nil, "environment": nil}
	someone := pay.FormatID(pay.KindCustomer, customer)
	return map[string]forgery{
		"no role":                    {claims(object{"role": nil}), "role"},
		"unknown role":               {claims(object{"role": "ROOT"}), "role"},
		"role in lower case":         {claims(object{"role": "staff"}), "role"},
		"role is a list":             {claims(object{"role": []string{"STAFF", "ADMIN"}}), "role"},
		"unknown scope":              {claims(object{"scopes": []string{"payments:read", "payments:all"}}), "scope"},
		"wildcard scope":             {claims(object{"scopes": []string{"*"}}), "scope"},
		"scopes are text":            {claims(object{"scopes": "payments:read payments:write"}), "scopes"},
		"scope in upper case":        {claims(object{"scopes": []string{"PAYMENTS:READ"}}), "scope"},
		"unknown company":            {claims(object{"company": pay.FormatID(pay.KindCompany, pay.NewID())}), "unknown"},
		"no company":                 {claims(object{"company": nil}), "company"},
		"company is no id":           {claims(object{"company": "acme"}), "company"},
		"company is a customer's id": {claims(object{"company": someone}), "company"},
		"environment in lower case":  {claims(object{"environment": "sandbox"}), "environment"},
		"no environment":             {claims(object{"environment": nil}), "environment"},
		"unknown environment":        {claims(object{"environment": "TEST"}), "environment"},
		"customer without customer":  {claims(object{"role": "CUSTOMER"}), "customer"},
		"customer with empty id":     {claims(object{"role": "CUSTOMER", "customer": ""}), "customer"},
		"customer with company's id": {claims(object{"role": "CUSTOMER", "customer": pay.FormatID(pay.KindCompany, company)}), "customer"},
		"staff with customer":        {claims(object{"customer": someone}), "customer"},
		"operator with company":      {claims(operator.with(object{"company": goodClaims["company"]})), "operator"},
		"operator with environment":  {claims(object{"role": "OPERATOR", "company": nil}), "operator"},
		"operator with customer":     {signed(goodClaims.with(operator).with(object{"company": nil, "environment": nil, "customer": someone})), "customer"},
	}
}
