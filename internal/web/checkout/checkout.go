// Package checkout serves the pages where payers pay: what a payment is for, the ways to
// pay it, the gateway's form, and what came of it. The pages are made on the server, run
// no script, set no cookie and load nothing but their own style sheet.
//
// A link is the only credential. It is signed, ends, and names one payment; whoever has it
// is a payer who sees and pays that payment, by the same service methods as the API. Since
// the browser adds nothing to a request by itself, such as a cookie, another site that
// does not know the link can send nothing in the payer's name: there is no cross-site
// request to forge, and no token against it.
package checkout

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

//go:embed page
var files embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{"money": amount, "times": times}).ParseFS(files, "page/*.html"))

// maxForm bounds what a form sends, in bytes: a gateway's form is a few fields.
const maxForm = 64 << 10

// policy lets a page do nothing but show itself and send its forms here. Pages of providers
// are reached by links, which it does not govern; so no other site needs to be named.
const policy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// site answers the requests.
type site struct {
	service *service.Service
	log     *slog.Logger
	style   []byte
}

// Handler serves everything under service.CheckoutPath.
func Handler(s *service.Service, log *slog.Logger) http.Handler {
	style, err := files.ReadFile("page/style.css")
	if err != nil {
		panic(err) // it is embedded
	}
	x := &site{service: s, log: log, style: style}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+service.CheckoutPath+"style.css", x.serveStyle)
	mux.HandleFunc("GET "+service.CheckoutPath+"{token}", x.opened(x.show))
	mux.HandleFunc("POST "+service.CheckoutPath+"{token}/pay", x.opened(x.pay))
	mux.HandleFunc("POST "+service.CheckoutPath+"{token}/answer", x.opened(x.answer))
	mux.HandleFunc("POST "+service.CheckoutPath+"{token}/another", x.opened(x.another))
	mux.HandleFunc("GET "+service.CheckoutPath+"{token}"+service.ReturnPath, x.comeBack)
	mux.HandleFunc("GET "+service.CheckoutPath+"{token}/provider", x.opened(x.standIn))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { x.fail(w, r, service.ErrNoCheckout) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer") // the address is the credential
		h.Set("X-Robots-Tag", "noindex, nofollow")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	})
}

// visit is one request of a payer.
type visit struct {
	w http.ResponseWriter
	r *http.Request
	// path is the page's own.
	path    string
	payment uuid.UUID
	payer   pay.Actor
}

// opened lets in who has a good link, as the payer of its payment.
func (x *site) opened(serve func(*visit) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token := r.PathValue("token")
		ctx, payment, err := x.service.OpenCheckout(r.Context(), token)
		if err != nil {
			x.fail(w, r, err)
			return
		}
		payer, err := pay.ActorFrom(ctx)
		if err == nil {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
			v := &visit{w: w, r: r.WithContext(ctx), path: service.CheckoutPath + token, payment: payment, payer: payer}
			if err = r.ParseForm(); err != nil {
				err = errors.Join(errForm, err)
			} else {
				v.r.Form, v.r.PostForm = r.Form, r.PostForm
				err = serve(v)
			}
		}
		if err != nil {
			x.fail(w, r, err)
		}
	}
}

// errForm: what was sent is no form that this program made.
var errForm = errors.New("form could not be read")

// notice is a page that says one thing.
type notice struct{ Title, Text string }

// fail answers what is no page of a payment. A link that is wrong, changed or over, and an
// address where there is nothing, get the very same page.
func (x *site) fail(w http.ResponseWriter, r *http.Request, err error) {
	var large *http.MaxBytesError
	status, n := http.StatusInternalServerError, notice{"Something went wrong", "Nothing was charged by this click unless the page of your payment says so. Please open your link again."}
	switch {
	case errors.Is(err, service.ErrNoCheckout):
		status, n = http.StatusNotFound, notice{"This link leads nowhere", "It may be incomplete, or too old. Please ask the shop that sent it for a new one."}
	case errors.As(err, &large):
		status, n = http.StatusRequestEntityTooLarge, notice{"That was too much", "The form was larger than a payment needs. Please open your link again."}
	case errors.Is(err, os.ErrDeadlineExceeded):
		status, n = http.StatusRequestTimeout, notice{"That took too long", "The form did not arrive in time. Please open your link again."}
	case errors.Is(err, errForm):
		status, n = http.StatusBadRequest, notice{"The form could not be read", "Please open your link again."}
	case errors.Is(err, pay.ErrUnavailable):
		w.Header().Set("Retry-After", "5")
		status, n = http.StatusServiceUnavailable, notice{"This page is not available now", "Please open your link again in a moment."}
	default:
		x.log.ErrorContext(r.Context(), "checkout failed", "error", err)
	}
	x.write(w, status, "notice.html", n)
}

// tooOften answers a payer whose codes were wrong too often.
func (x *site) tooOften(w http.ResponseWriter, wait time.Duration) {
	minutes := max(1, int((wait+time.Minute-1)/time.Minute))
	w.Header().Set("Retry-After", strconv.Itoa(minutes*60))
	x.write(w, http.StatusTooManyRequests, "notice.html", notice{"Too many wrong codes",
		"For your safety no code is taken for a while. Please open your link again in " + times(minutes, "minute") + "."})
}

// write sends a page. It is made whole first: half of one would tell nothing.
func (x *site) write(w http.ResponseWriter, status int, name string, data any) {
	var page bytes.Buffer
	if err := templates.ExecuteTemplate(&page, name, data); err != nil {
		x.log.Error("checkout page failed", "kind", name, "error", err)
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(page.Bytes()) // #nosec G104 -- who asked has hung up
}

func (x *site) serveStyle(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=300")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(x.style))
}

// again sends the payer's browser to the page as it is now, so that going back or loading
// anew sends nothing twice.
func (v *visit) again() error {
	http.Redirect(v.w, v.r, v.path, http.StatusSeeOther)
	return nil
}

// times counts things, such as "1 minute" and "2 minutes".
func times(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + strings.TrimSuffix(what, "s") + "s"
}
