package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/config"
	"github.com/paygraph/paygraph/internal/observe"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/pg"
)

// Process is what a run of the program sees of the outside.
type Process struct {
	Args           []string
	Getenv         func(string) string
	Stdout, Stderr io.Writer
	// Options change how the program is put together; test harnesses use them to run
	// the whole of it against gateways of their own.
	Options []Option
	// Alone says that nothing else runs in the process, so that a server may tune all of it.
	Alone bool
}

// Exit codes.
const (
	exitOK    = 0
	exitFault = 1
	exitUsage = 2
)

// command is one subcommand. run gets what follows its name.
type command struct {
	name, summary string
	run           func(ctx context.Context, p Process, args []string) error
}

func commands() []command {
	return []command{
		{"serve", "run the server (default)", serve},
		{"migrate", "bring the database to the newest version and end", migrate},
		{"token", "print a bearer token", token},
		{"company", "create or list companies", company},
		{"reconcile", "match a gateway's settlement file with payments", reconcile},
		{"documents", "trust the documents of a client's manifest", documents},
		{"verify", "check everything that must be true of the database", verify},
		{"reseal", "seal all secrets with the newest key", reseal},
		{"health", "ask the server at PAYGRAPH_ADDR whether it is ready", health},
		{"demo", "make the demo company, unless it exists", demo},
		{"version", "print the version", version},
		{"help", "print this text", help},
	}
}

// errUsage is a command line that makes no sense; its message was printed.
var errUsage = errors.New("usage")

// unreadable is what a command was given and cannot be read, such as a torn file.
type unreadable struct{ error }

// Main runs the program and returns its exit code: 0, 1 for a failure, 2 for a
// command line that makes no sense.
func Main(ctx context.Context, p Process) int {
	name, args := "serve", p.Args
	if len(args) > 0 {
		switch first := args[0]; {
		case first == "-h" || first == "--help" || first == "-help":
			name, args = "help", nil
		case first == "--version" || first == "-version":
			name, args = "version", nil
		case !strings.HasPrefix(first, "-"):
			name, args = first, args[1:]
		}
	}
	for _, c := range commands() {
		if c.name != name {
			continue
		}
		err := c.run(ctx, p, args)
		switch {
		case err == nil, errors.Is(err, flag.ErrHelp):
			return exitOK
		case errors.Is(err, errUsage):
			return exitUsage
		case errors.As(err, new(unreadable)):
			fmt.Fprintf(p.Stderr, "paygraph: %v\n", err)
			return exitUsage
		case ctx.Err() != nil: // what broke off because of that is no news
			err = errors.New("stopped before it was done")
		}
		fmt.Fprintf(p.Stderr, "paygraph: %v\n", err)
		return exitFault
	}
	fmt.Fprintf(p.Stderr, "paygraph: there is no command %q\n\n", name)
	usage(p.Stderr)
	return exitUsage
}

func usage(w io.Writer) {
	fmt.Fprint(w, "Usage: paygraph [command] [flags]\n\nCommands:\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-9s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\nEnvironment:\n")
	for _, v := range Variables() {
		fmt.Fprintf(w, "  %-28s %s (default %s)\n", v.Name, v.Meaning, v.Default)
	}
}

// Variables lists every environment variable that the program reads: its
// settings, and what leads to a private PostgreSQL.
func Variables() []config.Variable {
	return append(config.Table(), []config.Variable{
		{Name: "PG_BIN", Default: "searched for", Meaning: "Directory of the programs of PostgreSQL that the private server runs, initdb and postgres."},
		{Name: "PAYGRAPH_IGNORE_SYSTEM_PG", Default: "0", Meaning: "1: of PostgreSQL's programs only those in PG_BIN and in the cache count, not installed ones."},
		{Name: "XDG_DATA_HOME", Default: "~/.local/share", Meaning: "Directory that holds the user's data directory, paygraph. Not for root, whose data is in /var/lib/paygraph."},
		{Name: "XDG_CACHE_HOME", Default: "~/.cache, for root /var/cache", Meaning: "Directory that holds the cache, paygraph/postgres, where make run puts programs that it downloaded."},
	}...)
}

// parse reads the flags of a command that takes no other arguments.
func parse(p Process, flags *flag.FlagSet, args []string) error {
	flags.SetOutput(p.Stderr)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if flags.NArg() > 0 {
		return refuseUsage(p, flags, fmt.Sprintf("unexpected argument %q", flags.Arg(0)))
	}
	return nil
}

// parseFile reads the flags of a command for one file of a company in an environment, and
// returns the file's name and what the command may do there; the company itself is left
// to findTenant. required are the flags that must be there.
func parseFile(p Process, flags *flag.FlagSet, args []string, required ...string) (file string, g auth.Grant, err error) {
	environment := flags.String("environment", "sandbox", "sandbox or live")
	flags.SetOutput(p.Stderr)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return "", g, err
		}
		return "", g, errUsage
	}
	for _, name := range required {
		if flags.Lookup(name).Value.String() == "" {
			return "", g, refuseUsage(p, flags, "--"+name+" is missing")
		}
	}
	if flags.NArg() != 1 {
		return "", g, refuseUsage(p, flags, "exactly one file is needed")
	}
	g = auth.Grant{Role: pay.RoleAdmin, Environment: pay.Environment(strings.ToUpper(*environment))}
	if g.Environment != pay.Live && g.Environment != pay.Sandbox {
		return "", g, unreadable{fmt.Errorf("--environment: %q is neither sandbox nor live", *environment)}
	}
	return flags.Arg(0), g, nil
}

// refuseUsage says what is wrong with a command line and how it should be.
func refuseUsage(p Process, flags *flag.FlagSet, fault string) error {
	fmt.Fprintf(p.Stderr, "paygraph: %s\n", fault)
	flags.Usage()
	return errUsage
}

func newFlags(name string) *flag.FlagSet {
	flags := flag.NewFlagSet("paygraph "+name, flag.ContinueOnError)
	flags.Usage = func() {
		options := ", which takes no flags"
		flags.VisitAll(func(*flag.Flag) { options = " [flags]" })
		fmt.Fprintf(flags.Output(), "Usage: %s%s\n", flags.Name(), options)
		flags.PrintDefaults()
	}
	return flags
}

// settings reads the environment, makes the log and, in development, finds
// the secrets that tokens are signed and those of gateways sealed with.
func settings(p Process) (config.Config, *slog.Logger, error) {
	c, err := config.FromEnv(p.Getenv, pg.DefaultDir())
	if err == nil && len(c.JWT.Secret) == 0 && c.JWT.JWKSURL == "" {
		c.JWT.Secret, err = config.DevelopmentSecret(c.DataDir)
	}
	if err == nil && len(c.Secrets) == 0 && c.Development {
		if c.Secrets = c.JWT.Secret; len(c.Secrets) == 0 {
			c.Secrets, err = config.DevelopmentSecret(c.DataDir)
		}
	}
	return c, newLog(c, p.Stderr), err
}

func newLog(c config.Config, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "json" {
		return slog.New(observe.Log(slog.NewJSONHandler(w, options)))
	}
	return slog.New(observe.Log(slog.NewTextHandler(w, options)))
}

func migrate(ctx context.Context, p Process, args []string) error {
	if err := parse(p, newFlags("migrate"), args); err != nil {
		return err
	}
	return withApp(ctx, p, func(*App) error {
		fmt.Fprintln(p.Stdout, "The database is up to date.")
		return nil
	})
}

func version(_ context.Context, p Process, args []string) error {
	if err := parse(p, newFlags("version"), args); err != nil {
		return err
	}
	b := build()
	fmt.Fprintf(p.Stdout, "paygraph %s (%s, %s)\n", b.Version, b.Revision, runtime.Version())
	return nil
}

// build is what the compiler wrote into the program of where it came from.
func build() observe.Build {
	info, _ := debug.ReadBuildInfo()
	b := observe.Build{Version: info.Main.Version, Revision: "unknown revision"}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Revision = s.Value
		}
	}
	return b
}

func help(_ context.Context, p Process, args []string) error {
	if err := parse(p, newFlags("help"), args); err != nil {
		return err
	}
	usage(p.Stdout)
	return nil
}
