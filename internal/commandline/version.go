package commandline

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// release is the version that a release was built for, given to the linker:
// -ldflags "-X db-migrate/internal/commandline.release=0.1.0".
var release string

// Version is the release, else the version as the build has noted it: the module's,
// else the commit and whether the work tree was changed.
func Version() string {
	info, found := debug.ReadBuildInfo()
	if !found {
		return "unknown, " + runtime.Version()
	}
	settings := map[string]string{}
	for _, setting := range info.Settings {
		settings[setting.Key] = setting.Value
	}
	version := info.Main.Version
	if release != "" {
		version = release
	}
	if revision := settings["vcs.revision"]; revision != "" {
		version += fmt.Sprintf(", commit %.12s", revision)
	}
	if settings["vcs.modified"] == "true" {
		version += ", with changes"
	}
	return fmt.Sprintf("%s, %s %s/%s", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
