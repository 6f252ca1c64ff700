package codec

import (
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// encrypted is the encoding of a payload that is, as in Temporal's own examples.
const encrypted = "binary/encrypted"

// keyID names the key of an encrypted payload in its metadata.
const keyID = "encryption-key-id"

// Encode encrypts payloads under the current key. One that is encrypted already stays
// as it is: a request that is sent again passes here again.
func (k *Keys) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	encoded := make([]*commonpb.Payload, len(payloads))
	for i, payload := range payloads {
		if k.current == "" || isEncrypted(payload) {
			encoded[i] = payload
			continue
		}
		plain, err := proto.Marshal(payload)
		if err != nil {
			return payloads, err
		}
		encoded[i] = &commonpb.Payload{
			Metadata: map[string][]byte{converter.MetadataEncoding: []byte(encrypted), keyID: []byte(k.current)},
			Data:     k.ciphers[k.current].Seal(nil, nil, plain, []byte(k.current)),
		}
	}
	return encoded, nil
}

// Decode decrypts payloads. One that is not encrypted stays as it is: runs that were
// begun without keys go on.
func (k *Keys) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	decoded := make([]*commonpb.Payload, len(payloads))
	for i, payload := range payloads {
		if !isEncrypted(payload) {
			decoded[i] = payload
			continue
		}
		var err error
		if decoded[i], err = k.decrypt(payload); err != nil {
			return payloads, err
		}
	}
	return decoded, nil
}

func (k *Keys) decrypt(payload *commonpb.Payload) (*commonpb.Payload, error) {
	name := string(payload.GetMetadata()[keyID])
	if k.current == "" {
		return nil, unreadable("the worker encrypts what travels, under key %q; give its file of keys: --codec-keys, or $%s", name, Variable)
	}
	opener, known := k.ciphers[name]
	if !known {
		return nil, unreadable("what came from Temporal is encrypted under key %q, and the file of keys has %s; add that key to it as a further line", name, k.names())
	}
	plain, err := opener.Open(nil, nil, payload.GetData(), []byte(name))
	if err != nil {
		return nil, unreadable("what came from Temporal cannot be decrypted with key %s: it was changed, or another key had this name", name)
	}
	decrypted := &commonpb.Payload{}
	return decrypted, proto.Unmarshal(plain, decrypted)
}

// unreadable is an error of a code that Temporal's SDK does not try again, and that
// ends no worker.
func unreadable(format string, arguments ...any) error {
	return status.Errorf(codes.PermissionDenied, format, arguments...)
}

func isEncrypted(payload *commonpb.Payload) bool {
	return string(payload.GetMetadata()[converter.MetadataEncoding]) == encrypted
}
