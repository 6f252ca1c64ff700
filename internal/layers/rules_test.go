package layers_test

import "slices"

// rule says what the packages of one layer must not import. The same rules
// stand in .golangci.yml; a test compares them.
type rule struct {
	name string
	// packages are those the rule speaks of (see matches, relative to the
	// module); none: all.
	packages []string
	// except are packages that the rule does not speak of.
	except []string
	// forbidden are import paths, and allowed those among them that are not.
	forbidden, allowed []string
	// through forbids what comes in through other packages of ours too.
	through bool
	reason  string
}

const module = "db-migrate"

var (
	ourDrivers   = []string{"db-migrate/database/cassandra", "db-migrate/database/mysql", "db-migrate/database/postgres", "db-migrate/database/simulated", "db-migrate/database/sqlite"}
	otherDrivers = []string{"github.com/apache/cassandra-gocql-driver", "github.com/go-sql-driver/mysql", "github.com/gocql/gocql", "github.com/jackc/pgx", "modernc.org/sqlite"}
	drivers      = slices.Concat(ourDrivers, otherDrivers)
	elsewhere    = []string{module, "github.com", "go.temporal.io", "golang.org", "google.golang.org", "gopkg.in", "modernc.org"}
	terminal     = []string{"github.com/pterm/pterm"}
)

var rules = []rule{
	{
		name:      "workflows-no-driver",
		packages:  []string{"workflows"},
		forbidden: drivers,
		through:   true,
		reason:    "a workflow is replayed: it decides, and only activities touch a database",
	},
	{
		name:      "activities-no-driver",
		packages:  []string{"activities"},
		forbidden: drivers,
		through:   true,
		reason:    "activities speak to the contract in database, so that a driver can be added without them",
	},
	{
		name:      "activities-no-workflows",
		packages:  []string{"activities"},
		forbidden: []string{"db-migrate/workflows"},
		through:   true,
		reason:    "workflows call activities, never the other way round",
	},
	{
		name:      "settle",
		packages:  []string{"activities/settle"},
		forbidden: []string{"go.temporal.io"},
		through:   true,
		reason:    "what becomes of a row does not depend on who asks: errors and outcomes are plain, and activities makes Temporal's of them",
	},
	{
		name:      "throttle",
		packages:  []string{"activities/throttle"},
		forbidden: elsewhere,
		reason:    "the throttle turns what was seen into a number: the standard library is enough for that",
	},
	{
		name:      "serving-no-terminal",
		packages:  []string{"workflows", "activities"},
		forbidden: terminal,
		through:   true,
		reason:    "what runs on a worker has no terminal: it answers a status, and the starter draws it",
	},
	{
		name:      "terminal",
		except:    []string{"starter", "board"},
		forbidden: terminal,
		reason:    "only the starter and the board draw on a terminal",
	},
	{
		name:      "config",
		packages:  []string{"config"},
		forbidden: []string{module},
		allowed:   []string{"db-migrate/config", "db-migrate/internal/noun", "db-migrate/internal/suggest", "db-migrate/internal/yamltext"},
		reason:    "config feeds all the others, so it imports nothing of ours",
	},
	{
		name:      "board",
		packages:  []string{"board"},
		forbidden: []string{module},
		allowed:   []string{"db-migrate/board"},
		reason:    "the board knows jobs and terminals, nothing of migrations",
	},
	{
		name:      "graph",
		packages:  []string{"graph"},
		forbidden: []string{module, "go.temporal.io"},
		allowed:   []string{"db-migrate/graph", "db-migrate/internal/suggest"},
		reason:    "the graph draws the components of any program: it knows neither Temporal nor what they do",
	},
	{
		name:      "siteguard",
		packages:  []string{"siteguard"},
		forbidden: []string{module, "go.temporal.io"},
		allowed:   []string{"db-migrate/database$", "db-migrate/siteguard"},
		reason:    "the guard decides by what a probe of the contract has seen: it knows neither drivers nor Temporal",
	},
	{
		name:      "migration",
		packages:  []string{"migration"},
		forbidden: []string{module},
		allowed:   []string{"db-migrate/database$", "db-migrate/migration", "db-migrate/internal/yamltext"},
		reason:    "a migration turns a row into a change and opens nothing: it needs the contract in database alone",
	},
	{
		name:      "database",
		packages:  []string{"database$"},
		forbidden: []string{module},
		reason:    "the contract between db-migrate and its databases is neutral: it imports nothing of ours",
	},
	{
		name:      "drivers",
		except:    []string{"database/drivers"},
		forbidden: ourDrivers,
		reason:    "drivers are named in one visible list, database/drivers",
	},
	{
		name:      "starter-no-driver",
		packages:  []string{"starter", "graph", "internal/scaffold"},
		forbidden: drivers,
		through:   true,
		reason:    "the starter asks the worker, which alone opens a database",
	},
	{
		name:      "driverkit",
		except:    []string{"database", "internal/memorytable"},
		forbidden: []string{"db-migrate/database/books", "db-migrate/database/driverkit"},
		reason:    "only drivers keep books and share helpers: all others speak to the contract in database",
	},
}
