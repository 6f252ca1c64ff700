package codec

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

func key(filled byte) string {
	return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{filled}, keySize))
}

func keysOf(t testing.TB, content string) *Keys {
	t.Helper()
	keys, err := parseKeys("keys", []byte(content))
	require.NoError(t, err)
	return keys
}

func payload(t testing.TB, value any) []*commonpb.Payload {
	t.Helper()
	made, err := converter.GetDefaultDataConverter().ToPayload(value)
	require.NoError(t, err)
	return []*commonpb.Payload{made}
}

func TestWhatIsEncryptedComesBack(t *testing.T) {
	keys := keysOf(t, "new "+key(1))
	plain := payload(t, "Ada Lovelace")
	encoded, err := keys.Encode(plain)
	require.NoError(t, err)
	require.NotContains(t, encoded[0].String(), "Ada")
	require.Equal(t, "new", string(encoded[0].Metadata[keyID]))
	again, err := keys.Encode(encoded)
	require.NoError(t, err)
	require.Same(t, encoded[0], again[0], "a request that is sent again is encrypted once")
	other, err := keys.Encode(plain)
	require.NoError(t, err)
	require.NotEqual(t, encoded[0].Data, other[0].Data, "two encryptions of one text are two texts")
	decoded, err := keys.Decode(encoded)
	require.NoError(t, err)
	require.True(t, proto.Equal(plain[0], decoded[0]))
}

func TestKeysAreReplaced(t *testing.T) {
	before, err := keysOf(t, "old "+key(1)).Encode(payload(t, 1))
	require.NoError(t, err)
	both := keysOf(t, "# since May\nnew "+key(2)+"\n\nold "+key(1)+"\n")
	_, err = both.Decode(before)
	require.NoError(t, err)
	after, err := both.Encode(payload(t, 1))
	require.NoError(t, err)
	require.Equal(t, "new", string(after[0].Metadata[keyID]))

	_, err = keysOf(t, "new "+key(2)).Decode(before)
	require.ErrorContains(t, err, `encrypted under key "old", and the file of keys has new; add that key`)
	_, err = keysOf(t, "old "+key(9)).Decode(before)
	require.ErrorContains(t, err, "cannot be decrypted with key old")
}

func TestChangedPayloadsAreRefused(t *testing.T) {
	keys := keysOf(t, "a "+key(1)+"\nb "+key(1))
	encoded, err := keys.Encode(payload(t, "text"))
	require.NoError(t, err)
	renamed := proto.Clone(encoded[0]).(*commonpb.Payload)
	renamed.Metadata[keyID] = []byte("b")
	_, err = keys.Decode([]*commonpb.Payload{renamed})
	require.Error(t, err)
	encoded[0].Data[len(encoded[0].Data)-1] ^= 1
	_, err = keys.Decode(encoded)
	require.ErrorContains(t, err, "it was changed")
}

func TestPlainPayloadsPass(t *testing.T) {
	plain := payload(t, "text")
	decoded, err := keysOf(t, "a "+key(1)).Decode(plain)
	require.NoError(t, err)
	require.Same(t, plain[0], decoded[0])
}

func TestBadFilesOfKeys(t *testing.T) {
	for content, says := range map[string]string{
		"":                                 "keys: there is no key in it; make one: echo",
		"# nothing\n":                      "keys: there is no key in it",
		"\nabc\n":                          "keys:2: a line is a name, a space and a key; this one has 1 words",
		"a " + key(1) + " x":               "this one has 3 words",
		"a/b " + key(1):                    "keys:1: a key's name has up to 64 letters",
		"a " + key(1) + "\na " + key(2):    "keys:2: the name a stands here twice",
		"a c2hvcnQ=":                       "keys:1: the key a must be 32 bytes in base64, as of: head -c 32",
		"a " + strings.Repeat("x", 70_000): "a line is a name, a space and a key",
		"a ?" + key(1)[1:]:                 "must be 32 bytes in base64",
	} {
		_, err := parseKeys("keys", []byte(content))
		require.ErrorContains(t, err, says, content)
		require.NotContains(t, err.Error(), key(1), "an error shows a key")
	}
	_, err := ReadKeys(filepath.Join(t.TempDir(), "none"))
	require.ErrorContains(t, err, "make one: echo")
}

func TestNoKeysNoChange(t *testing.T) {
	t.Setenv(Variable, "")
	var options client.Options
	require.NoError(t, Encrypt(&options, ""))
	require.Empty(t, options.ConnectionOptions.DialOptions)
	path := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.WriteFile(path, []byte("a "+key(1)), 0o600))
	t.Setenv(Variable, path)
	require.NoError(t, Encrypt(&options, ""))
	require.Len(t, options.ConnectionOptions.DialOptions, 1)
}

func TestTheCodecServerAnswersTheWebUIAlone(t *testing.T) {
	keys := keysOf(t, "a "+key(1))
	encoded, err := keys.Encode(payload(t, "Ada"))
	require.NoError(t, err)
	body, err := protojson.Marshal(&commonpb.Payloads{Payloads: encoded})
	require.NoError(t, err)
	handler := keys.Handler("http://127.0.0.1:8233")
	ask := func(method, origin string) *httptest.ResponseRecorder {
		request := httptest.NewRequest(method, "/decode", bytes.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Origin", origin)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		return answer
	}
	answer := ask(http.MethodPost, "http://127.0.0.1:8233")
	require.Equal(t, http.StatusOK, answer.Code, answer.Body)
	var decoded commonpb.Payloads
	require.NoError(t, protojson.Unmarshal(answer.Body.Bytes(), &decoded))
	require.Equal(t, `"Ada"`, string(decoded.Payloads[0].Data))
	require.Equal(t, http.StatusOK, ask(http.MethodOptions, "http://127.0.0.1:8233").Code)
	require.Equal(t, http.StatusForbidden, ask(http.MethodPost, "https://elsewhere.example").Code)
}

// FuzzKeys: a file of keys is read or refused with its line, and never shown.
func FuzzKeys(f *testing.F) {
	for _, seed := range []string{"", "a " + key(1), "a " + key(1) + "\nb " + key(2), "# x\n\na b c", "a\x00 " + key(1), "\ufeffa " + key(1)} {
		f.Add([]byte(seed), []byte("text"))
	}
	f.Fuzz(func(t *testing.T, content, text []byte) {
		keys, err := parseKeys("keys", content)
		if err != nil {
			require.True(t, strings.HasPrefix(err.Error(), "keys:"), err.Error())
			return
		}
		encoded, err := keys.Encode([]*commonpb.Payload{{Data: text}})
		require.NoError(t, err)
		decoded, err := keys.Decode(encoded)
		require.NoError(t, err)
		require.Equal(t, string(text), string(decoded[0].Data))
	})
}

// FuzzDecode: what comes from Temporal is decrypted or refused.
func FuzzDecode(f *testing.F) {
	f.Add("a", []byte("0123456789012345678901234567890123"))
	f.Add("b", []byte{})
	keys := keysOf(f, "a "+key(1))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		_, err := keys.Decode([]*commonpb.Payload{{Data: data, Metadata: map[string][]byte{converter.MetadataEncoding: []byte(encrypted), keyID: []byte(name)}}})
		require.Error(t, err)
	})
}
