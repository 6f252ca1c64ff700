package wild

// Contact is what a migration should make of a customer.
type Contact struct {
	FirstName, LastName, PhoneE164, EmailNormalized string
}

// Customer is one customer as found in the wild.
type Customer struct {
	FullName, Phone, Email string
	// Expected is what a migration should make of the customer; empty for one
	// that cannot be migrated.
	Expected Contact
	// Filled is true of about one customer in ten: Expected stands in the
	// database already.
	Filled bool
	// Poisoned is true of customers that cannot be migrated.
	Poisoned bool
}

// New makes the customer that belongs to a seed and an index: always the same.
// The customer can be migrated.
func New(seed uint64, index int) Customer {
	dice := newDice(seed, index)
	var customer Customer
	person := newPerson(dice)
	customer.FullName = person.written(dice)
	customer.Expected.FirstName, customer.Expected.LastName = person.first.text, person.last.text
	customer.Phone, customer.Expected.PhoneE164 = newPhone(dice)
	customer.Email, customer.Expected.EmailNormalized = newEmail(dice, person, index)
	customer.Filled = dice.percent(10)
	return customer
}

// NewPoisoned makes the customer that belongs to a seed and an index, and spoils
// it: it cannot be migrated.
func NewPoisoned(seed uint64, index int) Customer {
	customer := New(seed, index)
	customer.Expected, customer.Filled, customer.Poisoned = Contact{}, false, true
	dice := newDice(^seed, index)
	switch dice.below(3) {
	case 0:
		customer.Phone = pick(dice, []string{"call me", "n/a", "unknown", "ask his wife", "-", "12"})
	case 1:
		customer.Email = pick(dice, []string{"none", "no email", "ada.example.com", "see phone", "ada at example"})
	default:
		customer.FullName = pick(dice, []string{"", " ", "  ", "-", "???"})
	}
	return customer
}
