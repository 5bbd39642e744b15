package store

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/google/uuid"
)

// record is what is left to read of a row that the database has sent as one value: the binary
// form of a list of the binary forms of its columns (PostgreSQL: array_send, byteasend). Rows
// of several tables can come in one statement so, and nobody has to write numbers and times as
// text, read them, and make a value in memory of each, as the driver does for columns. It is the
// driver's until the next row is read.
type record []byte

// recordOf is the SQL of a record of values, which are expressions of type bytea.
func recordOf(values []string) string {
	return "array_send(ARRAY[" + strings.Join(values, ", ") + "]::bytea[])"
}

var errRecord = errors.New("store: the database has sent a row in another form")

// recordHead is how long the head of a list with values is: how many dimensions it has, whether
// any value is null, of which type they are, how many, and from which number they are counted.
const recordHead = 20

func openRecord(raw []byte) (record, error) {
	if len(raw) >= 4 && binary.BigEndian.Uint32(raw) == 0 { // there are no values
		return nil, nil
	}
	if len(raw) < recordHead {
		return nil, errRecord
	}
	return raw[recordHead:], nil
}

// next is the next value; null is nil.
func (r *record) next() ([]byte, error) {
	if len(*r) < 4 {
		return nil, errRecord
	}
	size := int32(binary.BigEndian.Uint32(*r)) // #nosec G115 -- it is sent as that
	value := (*r)[4:]
	if size < 0 {
		*r = value
		return nil, nil
	}
	if len(value) < int(size) {
		return nil, errRecord
	}
	*r = value[size:]
	return value[:size:size], nil
}

// id is the next value, which is a UUID.
func (r *record) id() (id uuid.UUID, err error) {
	value, err := r.next()
	if err == nil && copy(id[:], value) != len(id) {
		err = errRecord
	}
	return id, err
}

// texts keeps texts of many rows together: one after the other, as long as there is room.
type texts struct {
	together strings.Builder
	// rows is of how many they are likely to be.
	rows int
}

// mostTogether is how many bytes texts share at most: all of them last as long as one of them.
const mostTogether = 4 << 10

// keep is a text that lasts.
func (t *texts) keep(value []byte) string {
	if t.together.Cap()-t.together.Len() < len(value) {
		t.together = strings.Builder{}
		t.together.Grow(max(len(value), min(mostTogether, 64*t.rows)))
	}
	start := t.together.Len()
	t.together.Write(value)
	return t.together.String()[start:]
}

// form is how values of a Go type are sent.
type form struct {
	// send makes bytea of an expression, for which %s stands.
	send string
	// read puts a value that is not null into a field, of text what is kept by texts.
	read func(field reflect.Value, value []byte, texts *texts) error
	// null does it with null, and refuses it where it is nil.
	null func(field reflect.Value) error
}

var scannerType = reflect.TypeFor[sql.Scanner]()

// formOf panics for types that rows have no fields of.
func formOf(t reflect.Type) form {
	switch {
	case t == reflect.TypeFor[uuid.UUID]():
		return form{send: "uuid_send(%s)", read: readID}
	case t == reflect.TypeFor[time.Time]():
		return form{send: "timestamptz_send(%s)", read: readTime}
	case reflect.PointerTo(t).Implements(scannerType):
		return form{send: "textsend((%s)::text)", read: scan, null: func(field reflect.Value) error { return scan(field, nil, nil) }}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return pointerTo(t.Elem())
	case reflect.String:
		return form{send: "textsend((%s)::text)", read: func(field reflect.Value, value []byte, texts *texts) error {
			field.SetString(texts.keep(value))
			return nil
		}}
	case reflect.Int, reflect.Int64:
		return form{send: "int8send(%s)", read: readInt}
	case reflect.Bool:
		return form{send: "boolsend(%s)", read: readBool}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return form{send: "%s", read: readBytes, null: func(reflect.Value) error { return nil }}
		}
	}
	panic(fmt.Sprintf("store: no column is read into a %s", t))
}

func pointerTo(t reflect.Type) form {
	of := formOf(t)
	return form{
		send: of.send,
		read: func(field reflect.Value, value []byte, texts *texts) error {
			field.Set(reflect.New(t))
			return of.read(field.Elem(), value, texts)
		},
		null: func(reflect.Value) error { return nil },
	}
}

func readID(field reflect.Value, value []byte, _ *texts) error {
	if copy(field.Addr().Interface().(*uuid.UUID)[:], value) != len(uuid.UUID{}) {
		return errRecord
	}
	return nil
}

func readInt(field reflect.Value, value []byte, _ *texts) error {
	if len(value) != 8 {
		return errRecord
	}
	field.SetInt(int64(binary.BigEndian.Uint64(value))) // #nosec G115 -- it is sent as that
	return nil
}

func readBool(field reflect.Value, value []byte, _ *texts) error {
	if len(value) != 1 {
		return errRecord
	}
	field.SetBool(value[0] != 0)
	return nil
}

func readBytes(field reflect.Value, value []byte, _ *texts) error {
	field.SetBytes(append([]byte{}, value...))
	return nil
}

// epoch is where PostgreSQL counts microseconds from.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

func readTime(field reflect.Value, value []byte, _ *texts) error {
	if len(value) != 8 {
		return errRecord
	}
	since := int64(binary.BigEndian.Uint64(value))             // #nosec G115 -- it is sent as that
	if since == math.MinInt64 || since > math.MaxInt64-epoch { // PostgreSQL's -infinity, infinity, and what no clock says
		return errors.New("store: a time without end")
	}
	*field.Addr().Interface().(*time.Time) = time.UnixMicro(since + epoch).UTC()
	return nil
}

func scan(field reflect.Value, value []byte, _ *texts) error {
	var src any
	if value != nil {
		src = value
	}
	return field.Addr().Interface().(sql.Scanner).Scan(src)
}
