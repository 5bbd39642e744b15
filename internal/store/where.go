package store

import (
	"encoding/hex"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// where collects the conditions of a statement with their arguments.
type where struct {
	conditions []string
	args       []any
	// before is how many arguments the statement has before these.
	before int
	// likely is how many rows may be found, as far as that is known.
	likely int
	// shown is how many of them somebody will see, where one more is read to know that there are
	// more; without it all are shown.
	shown int
}

// where starts the conditions on table alias with the tenant's own.
func (t Tenant) where(alias string) *where {
	w := &where{before: t.before}
	w.and(alias+".tenant_id = ?", t.id)
	return w
}

// ofCustomer narrows to the customer's rows, where the caller is one; column
// holds the customer's id.
func (t Tenant) ofCustomer(w *where, column string) {
	if t.customer != nil {
		w.and(column+" = ?", *t.customer)
	}
}

// and adds a condition; each ? stands for the next argument.
func (w *where) and(condition string, args ...any) {
	w.conditions = append(w.conditions, w.bind(condition, args...))
}

// bind numbers the placeholders of a fragment and keeps its arguments.
func (w *where) bind(fragment string, args ...any) string {
	var b strings.Builder
	for _, arg := range args {
		before, after, _ := strings.Cut(fragment, "?")
		w.args = append(w.args, arg)
		b.WriteString(before + "$" + strconv.Itoa(w.before+len(w.args)))
		fragment = after
	}
	b.WriteString(fragment)
	return b.String()
}

// mostOften is how many elements PostgreSQL takes an array for that it does not know.
const mostOften = 10

// anyOf are ids as the argument of "= ANY(?)". Fewer than PostgreSQL expects are filled up
// with the last of them, which finds nothing twice: it would find that a plan for so few is
// cheaper than the one that it keeps, and plan anew each time, which takes longer than all of
// the rest.
func anyOf(ids []uuid.UUID) string {
	if len(ids) == 0 {
		return "{}"
	}
	text := make([]byte, 0, 37*max(len(ids), mostOften)+1)
	for i := range max(len(ids), mostOften) {
		text = appendID(append(text, ','), ids[min(i, len(ids)-1)])
	}
	text[0] = '{'
	return string(append(text, '}'))
}

// appendID appends what String returns, which makes a text for each.
func appendID(text []byte, id uuid.UUID) []byte {
	text = append(hex.AppendEncode(text, id[:4]), '-')
	text = append(hex.AppendEncode(text, id[4:6]), '-')
	text = append(hex.AppendEncode(text, id[6:8]), '-')
	text = append(hex.AppendEncode(text, id[8:10]), '-')
	return hex.AppendEncode(text, id[10:])
}

// among keeps the rows whose column is one of the ids, of which each is likely to have one.
func (w *where) among(column string, ids []uuid.UUID) {
	w.and(column+" = ANY(?)", anyOf(ids))
	w.likely = len(ids)
}

// sqlTypes are those of arguments that hideValues knows.
var sqlTypes = map[reflect.Type]string{
	reflect.TypeFor[uuid.UUID](): "uuid", reflect.TypeFor[time.Time](): "timestamptz", reflect.TypeFor[int64](): "bigint",
}

var placeholder = regexp.MustCompile(`\$\d+`)

// hideValues keeps the arguments of the conditions so far from the planner. It knows how many
// rows the great companies have, finds the plan that it keeps, which is made for all, dearer
// than one made for them, and plans their lists anew each time, which takes as long as to read
// one. Where only the tenant and the place in a list are asked for, what comes of it is the
// same index; a condition of a filter is better seen.
func (w *where) hideValues() {
	for i, condition := range w.conditions {
		w.conditions[i] = placeholder.ReplaceAllStringFunc(condition, func(mark string) string {
			n, _ := strconv.Atoi(mark[1:]) // digits
			if name, ok := sqlTypes[reflect.TypeOf(w.args[n-w.before-1])]; ok {
				return "(SELECT " + mark + "::" + name + ")"
			}
			return mark
		})
	}
}

func (w *where) String() string { return " WHERE " + strings.Join(w.conditions, " AND ") }
