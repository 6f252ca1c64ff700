package contact

import "testing"

// BenchmarkContact is the work for one customer.
func BenchmarkContact(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		SplitName("Dr. Ludwig van Beethoven")
		NormalizePhone("+44 (0)20 7946-0958")
		NormalizeEmail(" Ludwig.Beethoven+notes@Example.com")
	}
}

func BenchmarkSplitName(b *testing.B) {
	bench(b, []string{"Ada Lovelace", "Dr. Ludwig van Beethoven", "García López, Ana María"},
		func(full string) { SplitName(full) })
}

func BenchmarkNormalizePhone(b *testing.B) {
	bench(b, []string{"(415) 555-0123", "+44 (0)20 7946-0958", "+46 8-465 004 12"},
		func(raw string) { NormalizePhone(raw) })
}

// BenchmarkLibraryPhone is what NormalizePhone would cost without commonPhone.
func BenchmarkLibraryPhone(b *testing.B) {
	bench(b, []string{"(415) 555-0123", "+44 (0)20 7946-0958"},
		func(raw string) { libraryPhone(raw, raw) })
}

func BenchmarkNormalizeEmail(b *testing.B) {
	bench(b, []string{"ada@example.com", " Ada+Shop@Example.com", "ada@bücher.example"},
		func(raw string) { NormalizeEmail(raw) })
}

func bench(b *testing.B, values []string, work func(string)) {
	for _, value := range values {
		b.Run(value, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				work(value)
			}
		})
	}
}
