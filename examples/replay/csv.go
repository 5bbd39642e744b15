package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"
)

// readCSV reads a file of a folder row by row. Columns are found by the names in
// the first row, wherever they stand; others are ignored. Errors name file and
// line.
func readCSV(dir, name string, columns []string, each func(row) error) error {
	file, err := os.Open(filepath.Join(dir, name)) // #nosec G304 -- the folder is an argument of who runs this
	if err != nil {
		return err
	}
	defer file.Close()
	text := bufio.NewReader(file)
	// Spreadsheets write a mark; left in, it would be part of the first column's name.
	if mark, _ := text.Peek(3); string(mark) == "\xef\xbb\xbf" {
		text.Discard(3) // #nosec G104 -- Peek has read them
	}
	rows := csv.NewReader(text)
	header, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s is empty: it needs a first row with the names of the columns", name)
	}
	if err != nil {
		return csvFault(name, err)
	}
	places, err := findColumns(name, header, columns)
	if err != nil {
		return err
	}
	for {
		values, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return csvFault(name, err)
		}
		line, _ := rows.FieldPos(0)
		if err := each(row{file: name, line: line, places: places, values: values}); err != nil {
			return err
		}
	}
}

func findColumns(file string, header, wanted []string) (map[string]int, error) {
	places := map[string]int{}
	for i, name := range header {
		name = strings.TrimSpace(name)
		if _, twice := places[name]; twice {
			return nil, fmt.Errorf("%s line 1: column %s is there twice", file, name)
		}
		places[name] = i
	}
	var missing []string
	for _, name := range wanted {
		if _, ok := places[name]; !ok {
			missing = append(missing, name)
		}
	}
	if missing != nil {
		return nil, fmt.Errorf("%s line 1: missing columns: %s", file, strings.Join(missing, ", "))
	}
	return places, nil
}

// csvFault says where the file is no CSV, in the same words as other faults.
func csvFault(file string, err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return fmt.Errorf("%s line %d: %w", file, parse.Line, parse.Err)
	}
	return fmt.Errorf("read %s: %w", file, err)
}

// row is one row of a file.
type row struct {
	file   string
	line   int
	places map[string]int
	values []string
}

func (r row) fault(format string, args ...any) error {
	return fmt.Errorf("%s line %d: %w", r.file, r.line, fmt.Errorf(format, args...))
}

// text returns a value that may be empty. Invalid UTF-8 is a fault: JSON would
// carry replacement characters, and two ids could become one.
func (r row) text(column string) (string, error) {
	value := strings.TrimSpace(r.values[r.places[column]])
	if !utf8.ValidString(value) {
		return "", r.fault("%s is not UTF-8", column)
	}
	return value, nil
}

// id returns a value that must not be empty.
func (r row) id(column string) (string, error) {
	value, err := r.text(column)
	if err == nil && value == "" {
		return "", r.fault("%s is empty", column)
	}
	return value, err
}

func (r row) number(column string) (int, error) {
	value, err := r.id(column)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		return 0, r.fault("%s is not a whole number: %q", column, value)
	}
	return n, nil
}

func (r row) amount(column string) (cents, error) {
	value, err := r.id(column)
	if err != nil {
		return 0, err
	}
	amount, err := parseCents(value)
	if err != nil {
		return 0, r.fault("%s %q %w", column, value, err)
	}
	return amount, nil
}

// lines remembers where keys of one file stand, to refuse the second of a kind:
// taking either would be a guess, and about money.
type lines map[string]int

func (l lines) once(r row, what, key string) error {
	if first, ok := l[key]; ok {
		return r.fault("%s is there already, in line %d", what, first)
	}
	l[key] = r.line
	return nil
}
