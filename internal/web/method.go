package web

import "net/http"

// allowed are the methods of the API.
const allowed = "GET, POST, OPTIONS"

// knownMethod says whether a method is one of the API.
func knownMethod(method string) bool {
	return method == http.MethodGet || method == http.MethodPost || method == http.MethodOptions
}
