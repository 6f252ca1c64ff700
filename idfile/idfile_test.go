package idfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/idfile"
)

func folderWith(t *testing.T, content string) *idfile.Folder {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "ids.txt"), []byte(content), 0o644))
	return &idfile.Folder{Path: folder}
}

// TestEveryLineHasAnOutcome holds what is an id, however the file was written.
func TestEveryLineHasAnOutcome(t *testing.T) {
	for _, test := range []struct {
		name, content string
		ids           []string
	}{
		{"plain", "1\n2\n3\n", []string{"1", "2", "3"}},
		{"no newline at the end", "1\n2", []string{"1", "2"}},
		{"CRLF", "1\r\n2\r\n", []string{"1", "2"}},
		{"blank lines", "\n1\n\n  \n\t\n2\n\n", []string{"1", "2"}},
		{"blank lines at the end", "1\n\n\n", []string{"1"}},
		{"byte order mark", "\xef\xbb\xbf1\n2\n", []string{"1", "2"}},
		{"duplicates are kept", "7\n7\n", []string{"7", "7"}},
		{"any text", "O'Hara \"x\"\n🦊\n a b \n-- ;\n", []string{"O'Hara \"x\"", "🦊", " a b ", "-- ;"}},
		{"as long as may be", strings.Repeat("x", idfile.LineLimit) + "\r\n", []string{strings.Repeat("x", idfile.LineLimit)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := folderWith(t, test.content)
			identity, err := folder.Inspect("ids.txt", 1)
			require.NoError(t, err)
			require.EqualValues(t, len(test.ids), identity.Customers)
			for limit := 1; limit <= len(test.ids)+1; limit++ {
				require.Equal(t, test.ids, readAll(t, folder, identity, limit), "by %d", limit)
			}
		})
	}
}

func readAll(t *testing.T, folder *idfile.Folder, identity idfile.Identity, limit int) []string {
	file, err := folder.Open(identity)
	require.NoError(t, err)
	defer file.Close()
	var texts []string
	for offset := int64(0); ; {
		ids, err := file.Read(offset, 0, limit)
		require.NoError(t, err)
		for _, id := range ids {
			texts = append(texts, id.Text)
			offset = id.Next
		}
		if len(ids) < limit {
			return texts
		}
	}
}

func TestBadLinesAreRefusedBeforeTheStart(t *testing.T) {
	for _, test := range []struct {
		name, content, says string
		columns             int
	}{
		{"not UTF-8", "1\n\xff\xfe\n", "file ids.txt, line 2 is not UTF-8", 1},
		{"too long", "1\n2\n" + strings.Repeat("x", idfile.LineLimit+1), "file ids.txt, line 3 is longer than 4096 bytes", 1},
		{"far too long", strings.Repeat("x", 1<<20) + "\n", "line 1 is longer than 4096 bytes", 1},
		{"zero byte", "a\x00b\n", "line 1 has a zero byte in it", 1},
		{"columns", "north\t1\nsouth\n", "line 2 has 1 columns; the key has 2, with a tab between them", 2},
		{"empty", "", "file ids.txt holds no ids; it must have one a line", 1},
		{"only blank lines", "\n \n", "holds no ids", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := folderWith(t, test.content).Inspect("ids.txt", test.columns)
			require.ErrorContains(t, err, test.says)
		})
	}
}

func TestOnlyTenProblemsAreListed(t *testing.T) {
	_, err := folderWith(t, strings.Repeat("\xff\n", 1000)).Inspect("ids.txt", 1)
	require.Len(t, strings.Split(err.Error(), "\n"), 10)
}

func TestOnlyFilesOfTheFolder(t *testing.T) {
	folder := folderWith(t, "1\n")
	outside := filepath.Join(t.TempDir(), "outside.txt")
	require.NoError(t, os.WriteFile(outside, []byte("1\n"), 0o644))
	require.NoError(t, os.Symlink(outside, filepath.Join(folder.Path, "link.txt")))
	require.NoError(t, os.Mkdir(filepath.Join(folder.Path, "sub"), 0o755))
	for name, says := range map[string]string{
		"../outside.txt": "is not inside of the worker's folder",
		outside:          "is not inside of the worker's folder",
		"link.txt":       "path escapes from parent",
		"sub":            "is no plain file",
		"none.txt":       "there is no file none.txt in the worker's folder",
	} {
		_, err := folder.Inspect(name, 1)
		require.ErrorContains(t, err, says, name)
	}
	_, err := (&idfile.Folder{Path: filepath.Join(folder.Path, "none")}).Inspect("ids.txt", 1)
	require.ErrorContains(t, err, "customer-scanner/source-dir")
}

// TestAnotherFileIsRefused: a worker that does not see the same file says so.
func TestAnotherFileIsRefused(t *testing.T) {
	folder := folderWith(t, "1\n2\n")
	identity, err := folder.Inspect("ids.txt", 1)
	require.NoError(t, err)
	path := filepath.Join(folder.Path, "ids.txt")
	for content, says := range map[string]string{"1\n3\n": "its sha256 is", "1\n2\n3\n": "it has 6 bytes here"} {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
		_, err = folder.Open(identity)
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, "folder "+folder.Path)
	}
	require.NoError(t, os.Remove(path))
	_, err = folder.Open(identity)
	require.ErrorContains(t, err, "there is no file")
	require.ErrorContains(t, err, "give every worker the same file")
}
