package commandline

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Version is the version as the build has noted it: the module's, else the
// commit and whether the work tree was changed.
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
	if revision := settings["vcs.revision"]; revision != "" {
		version += fmt.Sprintf(", commit %.12s", revision)
	}
	if settings["vcs.modified"] == "true" {
		version += ", with changes"
	}
	return fmt.Sprintf("%s, %s %s/%s", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
