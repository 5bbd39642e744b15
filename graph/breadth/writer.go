package breadth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// Writer writes an answer and notes where in it it is.
type Writer struct {
	// ctx is that of the root field.
	ctx    context.Context
	buffer []byte
	path   []step
	faults []fault
}

// step is one of the way to what is written: a field, or an element of a list.
type step struct {
	field *Field
	index int
}

// fault is an error, in a context that says where it happened.
type fault struct {
	ctx context.Context
	err error
}

// Open begins an object.
func (w *Writer) Open() (start int) {
	w.buffer = append(w.buffer, '{')
	return len(w.buffer) - 1
}

// Key begins the i-th field of an object, which End ends.
func (w *Writer) Key(i int, f *Field) {
	key := f.key
	if i == 0 {
		key = key[1:]
	}
	w.buffer = append(w.buffer, key...)
	w.path = append(w.path, step{field: f})
}

// End ends what Key or Item began.
func (w *Writer) End() { w.path = w.path[:len(w.path)-1] }

// Close ends an object; one that is not whole, because a field is null that must not be, is
// null.
func (w *Writer) Close(start int, whole bool) bool {
	if !whole {
		w.buffer = append(w.buffer[:start], "null"...)
		return false
	}
	w.buffer = append(w.buffer, '}')
	return true
}

// List writes a list. Elements that must not be null make it null where one is.
func List[T any](w *Writer, list []T, nonNull bool, write func(*T) bool) bool {
	start, whole := len(w.buffer), true
	w.buffer = append(w.buffer, '[')
	for i := range list {
		if i > 0 {
			w.buffer = append(w.buffer, ',')
		}
		w.path = append(w.path, step{index: i})
		valid := write(&list[i])
		whole = whole && (valid || !nonNull)
		w.End()
	}
	if !whole {
		w.buffer = append(w.buffer[:start], "null"...)
		return false
	}
	w.buffer = append(w.buffer, ']')
	return true
}

// Null writes null.
func (w *Writer) Null() bool {
	w.buffer = append(w.buffer, "null"...)
	return false
}

// What gqlgen says of what is null and must not be, without a place in the document.
var (
	errElement = errors.New("the requested element is null which the schema does not allow")
	errNull    = errors.New("must not be null")
)

// Missing writes null for what the schema does not allow to be null.
func (w *Writer) Missing() bool { return w.fail(w.here(), errElement) }

// MissingAny is Missing for the value of a field that is an interface or union.
func (w *Writer) MissingAny() bool { return w.fail(w.here(), errNull) }

// Fail writes null for what failed.
func (w *Writer) Fail(err error) bool {
	ctx := w.here()
	var stopped panicked
	if errors.As(err, &stopped) {
		return w.fail(ctx, graphql.Recover(ctx, stopped.fault))
	}
	return w.fail(ctx, graphql.AddFieldLocationToError(ctx, err))
}

func (w *Writer) fail(ctx context.Context, err error) bool {
	w.faults = append(w.faults, fault{ctx, err})
	return w.Null()
}

// here is a context that says where the writer is.
func (w *Writer) here() context.Context {
	ctx := w.ctx
	for _, at := range w.path {
		if at.field == nil {
			ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Index: &at.index})
			continue
		}
		ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{
			Object: at.field.Parent.Type, Field: at.field.collected, IsResolver: at.field.bound.Resolver})
	}
	return ctx
}

// At is the context of what a marshaler of gqlgen is called for.
func (w *Writer) At() context.Context { return w.here() }

// Leaf writes what a marshaler of gqlgen made.
func (w *Writer) Leaf(m graphql.Marshaler) bool {
	if m == graphql.Null {
		return w.Null()
	}
	start := len(w.buffer)
	m.MarshalGQL(w)
	if bytes.ContainsAny(w.buffer[start:], again) {
		text, err := json.Marshal(json.RawMessage(w.buffer[start:]))
		if err != nil {
			panic(err) // it is no JSON, as gqlgen will find
		}
		w.buffer = append(w.buffer[:start], text...)
	}
	return true
}

// again is what encoding/json leaves out or writes otherwise when it writes JSON again.
const again = " \t\r\n<>&\u2028\u2029"

// Write has marshalers of gqlgen write into the answer.
func (w *Writer) Write(p []byte) (int, error) {
	w.buffer = append(w.buffer, p...)
	return len(p), nil
}

// WriteString is Write.
func (w *Writer) WriteString(s string) (int, error) {
	w.buffer = append(w.buffer, s...)
	return len(s), nil
}

// special are the bytes that may not stand for themselves in a string: what gqlgen escapes,
// what encoding/json escapes when it writes its answer again, and the first byte of U+2028
// and U+2029, which are among that.
var special = func() (is [256]bool) {
	for c := range 0x20 {
		is[c] = true
	}
	for _, c := range []byte(`"\<>&`) {
		is[c] = true
	}
	is["\u2028"[0]] = true
	return is
}()

// String writes text.
func (w *Writer) String(s string) bool {
	w.buffer = append(w.buffer, '"')
	plain := 0 // where what is not written yet begins
	for i := 0; i < len(s); i++ {
		if !special[s[i]] {
			continue
		}
		escaped, width := escape(s[i:])
		if width == 0 {
			continue
		}
		w.buffer = append(append(w.buffer, s[plain:i]...), escaped...)
		i += width - 1
		plain = i + 1
	}
	w.buffer = append(append(w.buffer, s[plain:]...), '"')
	return true
}

// escape is how the beginning of a text is written, and how many bytes of it that is; none
// where they stand for themselves.
func escape(s string) (escaped string, width int) {
	switch c := s[0]; {
	case c == '\t':
		return `\t`, 1
	case c == '\r':
		return `\r`, 1
	case c == '\n':
		return `\n`, 1
	case c == '"' || c == '\\':
		return `\` + s[:1], 1
	case c < 0x20: // gqlgen's, in upper case
		return fmt.Sprintf(`\u%04X`, c), 1
	case strings.HasPrefix(s, "\u2028"):
		return `\u2028`, len("\u2028")
	case strings.HasPrefix(s, "\u2029"):
		return `\u2029`, len("\u2029")
	case c < 0x80: // encoding/json's, in lower case
		return fmt.Sprintf(`\u%04x`, c), 1
	}
	return "", 0
}

// Int writes a whole number.
func (w *Writer) Int(n int64) bool {
	w.buffer = strconv.AppendInt(w.buffer, n, 10)
	return true
}

// Bool writes true or false.
func (w *Writer) Bool(b bool) bool {
	w.buffer = strconv.AppendBool(w.buffer, b)
	return true
}

// DateTime writes an instant in UTC, as scalar.MarshalDateTime does.
func (w *Writer) DateTime(t time.Time) bool {
	w.buffer = append(w.buffer, '"')
	w.buffer = t.UTC().AppendFormat(w.buffer, time.RFC3339Nano)
	w.buffer = append(w.buffer, '"')
	return true
}
