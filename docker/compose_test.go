// Package docker_test checks docker-compose.yml and Dockerfile, for which no
// Docker is needed.
package docker_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestComposeFiles(t *testing.T) {
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	for name, services := range map[string][]string{
		"docker-compose.yml":          {"temporal", "customers", "worker", "starter", "postgres", "mariadb", "cassandra"},
		"docker-compose.official.yml": {"postgresql", "temporal", "temporal-ui", "customers", "worker", "starter"},
	} {
		content, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		project := load(t, string(content), root, true)
		assert.Empty(t, problems(project, root), name)
		assert.Subset(t, project.ServiceNames(), services, name)
	}
}

// TestEachServerHasItsVariables: the profile starts what the URL names.
func TestEachServerHasItsVariables(t *testing.T) {
	for profile, driver := range map[string]string{"postgres": "postgres", "mariadb": "mysql", "cassandra": "cassandra"} {
		content, err := os.ReadFile(profile + ".env")
		require.NoError(t, err)
		assert.Contains(t, string(content), "COMPOSE_PROFILES="+profile+"\n")
		assert.Contains(t, string(content), "DRIVER="+driver+"\n")
		_, rest, _ := strings.Cut(string(content), "\nURL=")
		address, _, _ := strings.Cut(rest, "\n")
		parsed, err := url.Parse(address)
		require.NoError(t, err)
		assert.Equal(t, profile, parsed.Hostname())
		assert.Contains(t, string(content), "\nCUSTOMERS=--url="+address+"\n")
	}
}

// One-shot scripts are run by name of their interpreter, so they must exist and
// need no permission; the compose file and they must mean the same variables.
func TestScriptsUseWhatTheComposeFileGives(t *testing.T) {
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	content, err := os.ReadFile(filepath.Join(root, "docker-compose.official.yml"))
	require.NoError(t, err)
	project := load(t, string(content), root, true)
	for service, variable := range map[string]string{"temporal-schema": "SQL_HOST", "temporal-namespace": "TEMPORAL_NAMESPACE"} {
		given := project.Services[service]
		assert.Contains(t, given.Environment, variable)
		assert.Equal(t, given.Volumes[0].Target, given.Entrypoint[1])
		script, err := os.ReadFile(given.Volumes[0].Source)
		require.NoError(t, err)
		assert.Contains(t, string(script), variable)
		assert.True(t, strings.HasPrefix(string(script), "#!/bin/sh\n"))
	}
}

// Each check is shown a compose file that is broken in one place.
func TestEveryCheckCanFail(t *testing.T) {
	root := t.TempDir()
	write(t, root, "Dockerfile", "FROM golang:1.26.8 AS build\nFROM debian:12.1\nCOPY --from=build /a /b\nUSER 1000\n")
	write(t, root, "Rooted", "FROM debian:12.1\nUSER root\n")
	write(t, root, "Sloppy", "FROM golang AS build\nFROM debian:latest\nCOPY --from=builder /a /b\nUSER 1000\n")
	write(t, root, "Empty", "# nothing\nUSER 1\n")
	for broken, want := range map[string]string{
		"services: {a: {image: a:1, depends_on: {b: {condition: service_started}}}}":                                                  "a: depends_on b: there is no such service",
		"services: {a: {image: a:1, depends_on: {b: {condition: service_healthy}}}, b: {image: b:1}}":                                 "a: depends_on b: it has no healthcheck",
		"services: {a: {image: a:1, depends_on: {b: {condition: service_healthy}}}, b: {image: b:1, healthcheck: {disable: true}}}":   "a: depends_on b: it has no healthcheck",
		"services: {a: {image: a:1, depends_on: {b: {condition: service_completed_successfully}}}, b: {image: b:1, restart: always}}": "a: depends_on b: it never completes, as it is restarted",
		"services: {a: {image: a:1, ports: ['80:80']}}":                                                                               "a: port 80 is published beyond 127.0.0.1",
		"services: {a: {image: a:1, ports: ['0.0.0.0:80:80']}}":                                                                       "a: port 80 is published beyond 127.0.0.1",
		"services: {a: {image: a:1, network_mode: host}}":                                                                             "a: network_mode host opens every port",
		"services: {a: {image: a}}":                              "a: image a is not pinned to a version",
		"services: {a: {image: a:latest}}":                       "a: image a:latest is not pinned to a version",
		"services: {a: {image: 'here:5000/a'}}":                  "a: image here:5000/a is not pinned to a version",
		"services: {a: {command: [a]}}":                          "a: neither image nor build",
		"services: {a: {image: a:1, volumes: ['data:/data']}}":   `a: volume "data" is not declared`,
		"{services: {a: {image: a:1}}, volumes: {data: {}}}":     `volume "data" is declared and never used`,
		"services: {a: {image: a:1, volumes: ['./none:/data']}}": "a: mounts none, which does not exist",
		"services: {a: {image: a:1, volumes: ['../out:/data']}}": "a: mounts " + filepath.Join(filepath.Dir(root), "out") + ", which is not in the repository",
		"services: {a: {read_only: true, tmpfs: [/tmp], cap_drop: [ALL], security_opt: ['no-new-privileges:true'], build: {context: ., target: other}}}":      "a: build: target other: there is no such stage",
		"services: {a: {read_only: true, tmpfs: [/tmp], cap_drop: [ALL], security_opt: ['no-new-privileges:true'], build: {context: ., dockerfile: None}}}":   "a: build: None cannot be read",
		"services: {a: {read_only: true, tmpfs: [/tmp], cap_drop: [ALL], security_opt: ['no-new-privileges:true'], build: {context: ., dockerfile: Rooted}}}": "a: build: it runs as root",
		"services: {a: {read_only: true, tmpfs: [/tmp], cap_drop: [ALL], security_opt: ['no-new-privileges:true'], build: {context: ., dockerfile: Empty}}}":  "a: build: there is no FROM",
		"services: {a: {build: {context: .}, cap_drop: [ALL], security_opt: ['no-new-privileges:true']}}":                                                     "a: read_only: true and tmpfs: [/tmp] are missing",
		"services: {a: {build: {context: .}, read_only: true, tmpfs: [/tmp]}}":                                                                                "a: cap_drop: [ALL] and no-new-privileges are missing",
	} {
		t.Run(want, func(t *testing.T) {
			assert.Equal(t, []string{want}, problems(load(t, broken, root, false), root), broken)
		})
	}
	assert.Equal(t, []string{
		"a: build: COPY --from=builder: there is no such stage above",
		"a: build: FROM debian:latest is not pinned to a version",
		"a: build: FROM golang is not pinned to a version",
	}, problems(load(t, "services: {a: {read_only: true, tmpfs: [/tmp], cap_drop: [ALL], security_opt: ['no-new-privileges:true'], build: {context: ., dockerfile: Sloppy}}}", root, false), root))
}

func TestASoundFilePasses(t *testing.T) {
	root := t.TempDir()
	write(t, root, "Dockerfile", "FROM golang:1.26.8 AS build\nFROM debian:12.1 AS run\nCOPY --from=0 /a /b\nUSER 1000\n")
	write(t, root, "script.sh", "")
	sound := "{services: {a: {read_only: true, tmpfs: [/tmp], cap_drop: [ALL], security_opt: ['no-new-privileges:true'], build: {context: ., target: run}, ports: ['127.0.0.1:80:80'], volumes: ['data:/data', './script.sh:/s']}}, volumes: {data: {}}}"
	assert.Empty(t, problems(load(t, sound, root, true), root))
}

func TestAFileThatDoesNotParseIsRefused(t *testing.T) {
	_, err := parse(t, "services: {a: {imagery: a:1}}", t.TempDir(), true)
	assert.ErrorContains(t, err, "imagery")
}

func load(t *testing.T, content, root string, consistent bool) *types.Project {
	t.Helper()
	project, err := parse(t, content, root, consistent)
	require.NoError(t, err)
	return project
}

// parse reads a compose file, all profiles of it. Without consistent it leaves
// to the checks what compose itself would refuse as well.
func parse(t *testing.T, content, root string, consistent bool) (*types.Project, error) {
	return loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir:  root,
		ConfigFiles: []types.ConfigFile{{Filename: "docker-compose.yml", Content: []byte(content)}},
	}, loader.WithProfiles([]string{"*"}), func(options *loader.Options) {
		options.SkipConsistencyCheck = !consistent
		options.SetProjectName("test", true)
	})
}

func write(t *testing.T, folder, name, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600))
}
