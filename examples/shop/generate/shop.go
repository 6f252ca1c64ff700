package main

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"

	"db-migrate/examples/customers/wild"
)

// shop is what decides the content.
type shop struct {
	rows, poison int
	seed         uint64
}

// table is a table with its rows, in the order of their keys.
type table struct {
	name    string
	columns []string
	rows    iter.Seq[[]any]
}

const (
	stores = 4
	films  = 200
	// copies is how many of each film each store has.
	copies = 2
	// addresses of the customers follow those of the stores.
	storeAddresses = stores
)

var countries = []struct {
	name   string
	cities []string
}{
	{"Japan", []string{"Sasebo", "Iwaki", "Kurashiki"}},
	{"Brazil", []string{"Angra dos Reis", "Blumenau", "Poços de Caldas"}},
	{"Germany", []string{"Halle (Saale)", "Saarbrücken", "Siegen"}},
	{"India", []string{"Adoni", "Balurghat", "Shivapuri"}},
	{"Canada", []string{"Lethbridge", "Oshawa", "Vancouver"}},
}

const citiesEach = 3

// tables are all of the shop's, each after those that it refers to.
func (s shop) tables() []table {
	return []table{
		{"country", words("country_id country"), s.countries},
		{"city", words("city_id city country_id"), s.cities},
		{"address", words("address_id address district city_id postal_code phone"), s.addresses},
		{"store", words("store_id address_id"), s.stores},
		{"customer", words("customer_id store_id address_id first_name last_name email billing_address create_date"), s.customers},
		{"film", words("film_id title rental_rate"), s.films},
		{"inventory", words("inventory_id film_id store_id"), s.inventory},
		{"rental", words("rental_id rental_date inventory_id customer_id return_date"), s.rentals},
		{"payment", words("payment_id customer_id rental_id amount payment_date"), s.payments},
	}
}

func words(text string) []string { return strings.Fields(text) }

// numbered are so many rows, numbered from 1.
func numbered(count int, row func(number int) []any) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for number := 1; number <= count; number++ {
			if !yield(row(number)) {
				return
			}
		}
	}
}

// dice are a row's own: they do not depend on how many rows there are.
func (s shop) dice(kind, number int) *rand.Rand {
	return rand.New(rand.NewPCG(s.seed, uint64(kind)<<40|uint64(number)))
}

const (
	diceAddress = iota + 1
	diceCustomer
	diceRental
	dicePayment
)

func (s shop) countries(yield func([]any) bool) {
	numbered(len(countries), func(number int) []any { return []any{number, countries[number-1].name} })(yield)
}

func (s shop) cities(yield func([]any) bool) {
	numbered(len(countries)*citiesEach, func(number int) []any {
		return []any{number, cityName(number), (number-1)/citiesEach + 1}
	})(yield)
}

func cityName(number int) string {
	return countries[(number-1)/citiesEach].cities[(number-1)%citiesEach]
}

// place is an address in its parts.
type place struct {
	street, postalCode string
	city               int
}

func (s shop) place(number int) place {
	dice := s.dice(diceAddress, number)
	names := []string{"Hanoi Way", "Loja Avenue", "Joliet Street", "Inegöl Manor", "Idfu Parkway", "Santiago de Compostela Way"}
	return place{street: fmt.Sprintf("%d %s", 1+dice.IntN(1999), names[dice.IntN(len(names))]),
		postalCode: fmt.Sprintf("%05d", 10_000+dice.IntN(89_999)), city: 1 + dice.IntN(len(countries)*citiesEach)}
}

func (s shop) addresses(yield func([]any) bool) {
	numbered(storeAddresses+s.rows, func(number int) []any {
		at := s.place(number)
		return []any{number, at.street, countries[(at.city-1)/citiesEach].name + " district", at.city, at.postalCode, fmt.Sprintf("555%07d", number)}
	})(yield)
}

func (s shop) stores(yield func([]any) bool) {
	numbered(stores, func(number int) []any { return []any{number, number} })(yield)
}

func (s shop) customers(yield func([]any) bool) {
	people := wild.Population{Rows: s.rows, Seed: s.seed}
	numbered(s.rows, func(number int) []any {
		person, address := people.Customer(number-1), storeAddresses+number
		return []any{number, 1 + number%stores, address, person.Expected.FirstName, person.Expected.LastName, person.Email,
			s.billing(number, s.place(address)), day(number % 365)}
	})(yield)
}

// billing is the address as people have written it into one field.
func (s shop) billing(number int, at place) string {
	if number <= s.poison {
		return "ask at the desk"
	}
	city := at.postalCode + " " + cityName(at.city)
	switch s.dice(diceCustomer, number).IntN(4) {
	case 0:
		return at.street + ", " + city
	case 1:
		return " " + at.street + " \r\n" + city + "\r\n"
	}
	return at.street + "\n" + city + "\n" + countries[(at.city-1)/citiesEach].name
}

func day(number int) string { return fmt.Sprintf("2026-%02d-%02d", 1+number/31%12, 1+number%28) }

func (s shop) films(yield func([]any) bool) {
	numbered(films, func(number int) []any {
		return []any{number, fmt.Sprintf("%s %s", []string{"ACADEMY", "CHICKEN", "FOREVER", "GRINCH", "MOON"}[number%5], []string{"DINOSAUR", "ROOF", "VIRGIN"}[number%3]), 99 + 100*(number%4)}
	})(yield)
}

func (s shop) inventory(yield func([]any) bool) {
	numbered(films*stores*copies, func(number int) []any {
		return []any{number, 1 + (number-1)/(stores*copies), 1 + (number-1)%stores}
	})(yield)
}

// rentalsEach is how many rentals there are for each customer on the average:
// some have none.
const rentalsEach = 2

func (s shop) rentals(yield func([]any) bool) {
	numbered(s.rows*rentalsEach, func(number int) []any {
		dice := s.dice(diceRental, number)
		back := any(day(number%300 + 5))
		if dice.IntN(10) == 0 {
			back = nil
		}
		return []any{number, day(number % 300), 1 + dice.IntN(films*stores*copies), s.renter(number), back}
	})(yield)
}

// renter is the customer of a rental.
func (s shop) renter(rental int) int { return 1 + s.dice(dicePayment, rental).IntN(s.rows) }

// payments are in cents, one for each rental.
func (s shop) payments(yield func([]any) bool) {
	numbered(s.rows*rentalsEach, func(number int) []any {
		return []any{number, s.renter(number), number, s.amount(number), day(number % 300)}
	})(yield)
}

func (s shop) amount(rental int) int { return 99 + 100*(s.dice(dicePayment, rental+1).IntN(9)) }
