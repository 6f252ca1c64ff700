package codec

import (
	"os"

	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/grpc"
)

// Variable is the environment's variable with the path of the file of keys.
const Variable = "DB_MIGRATE_CODEC_KEYS"

// Encrypt makes a connection to Temporal encrypt all that it sends with the keys of a
// file, and decrypt all that it gets; with an empty path, and no Variable, it changes
// nothing. It works on requests as they are sent, so that everything is covered that
// the SDK sends, and that Temporal shows: also heartbeats and errors of activities.
func Encrypt(options *client.Options, path string) error {
	keys, err := keysAt(path)
	if err != nil || keys == nil {
		return err
	}
	return intercept(options, keys)
}

// EncryptOrExplain is Encrypt for programs that people type: without keys, what is
// encrypted is refused with a word on what is missing.
func EncryptOrExplain(options *client.Options, path string) error {
	keys, err := keysAt(path)
	if err != nil {
		return err
	}
	if keys == nil {
		keys = &Keys{}
	}
	return intercept(options, keys)
}

// keysAt reads the keys that a path, or Variable, names; nil: neither does.
func keysAt(path string) (*Keys, error) {
	if path == "" {
		path = os.Getenv(Variable)
	}
	if path == "" {
		return nil, nil
	}
	return ReadKeys(path)
}

func intercept(options *client.Options, keys *Keys) error {
	payloads, err := converter.NewPayloadCodecGRPCClientInterceptor(converter.PayloadCodecGRPCClientInterceptorOptions{
		Codecs: []converter.PayloadCodec{keys},
	})
	if err != nil {
		return err
	}
	chain := []grpc.UnaryClientInterceptor{payloads}
	if keys.current != "" {
		errors, err := failures()
		if err != nil {
			return err
		}
		// The outer one: an error becomes a payload, and that is encrypted.
		chain = []grpc.UnaryClientInterceptor{errors, payloads}
	}
	options.ConnectionOptions.DialOptions = append(options.ConnectionOptions.DialOptions, grpc.WithChainUnaryInterceptor(chain...))
	return nil
}

// failures hides the message and the stack trace of an error in a payload.
func failures() (grpc.UnaryClientInterceptor, error) {
	plain := converter.GetDefaultDataConverter()
	return proxy.NewFailureVisitorInterceptor(proxy.FailureVisitorInterceptorOptions{
		Outbound: &proxy.VisitFailuresOptions{Visitor: func(_ *proxy.VisitFailuresContext, failure *failurepb.Failure) error {
			if failure.GetEncodedAttributes() != nil {
				return nil // sent again
			}
			return converter.EncodeCommonFailureAttributes(plain, failure)
		}},
		Inbound: &proxy.VisitFailuresOptions{Visitor: func(_ *proxy.VisitFailuresContext, failure *failurepb.Failure) error {
			converter.DecodeCommonFailureAttributes(plain, failure)
			failure.EncodedAttributes = nil
			return nil
		}},
	})
}
