package integration_test

func pagila() publicSchema {
	return publicSchema{name: "pagila", driver: "postgres", migrations: []publicMigration{
		{name: "film-audience", table: "film", undone: true,
			plain: []string{`UPDATE film SET
				audience = (CASE WHEN rating <= 'PG' THEN 'everybody' WHEN rating IN ('PG-13', 'R') THEN 'accompanied' ELSE 'adults' END)::audience,
				extras = array_replace(special_features[1:rental_duration], 'Trailers', 'Trailer''s') || '{"a, b"}'::text[],
				description = description || ' (it''s rated; "' || rating || '")'
				WHERE audience IS NULL AND rating IS NOT NULL`},
			content: "SELECT film_id, audience, extras, description, fulltext FROM film ORDER BY film_id",
			effects: "SELECT film_id FROM film WHERE last_update > '2022-02-16' ORDER BY film_id"},
		{name: "actor-credits", table: "film_actor",
			plain: []string{`UPDATE film_actor AS fa SET credit = format('%s %s in %I (%s)', a.first_name, initcap(a.last_name), f.title, trim(l.name))
				FROM film AS f JOIN language AS l USING (language_id), actor AS a
				WHERE f.film_id = fa.film_id AND a.actor_id = fa.actor_id AND fa.credit IS NULL AND f.length IS NOT NULL`},
			content: "SELECT actor_id, film_id, credit, last_update > '2022-02-16' FROM film_actor ORDER BY actor_id, film_id"},
		{name: "payment-cents", table: "payment",
			plain: []string{"UPDATE payment SET cents = (amount * 100)::bigint WHERE amount >= 1",
				`INSERT INTO payment_event (payment_id, event)
				SELECT p.payment_id, jsonb_build_object('cents', p.cents, 'by', c.last_name, 'month', to_char(p.payment_date AT TIME ZONE 'UTC', 'YYYY-MM"T"HH24:MI'))
				FROM payment AS p JOIN customer AS c USING (customer_id) WHERE cents IS NOT NULL`},
			content: "SELECT tableoid::regclass::text ~ 'p2022_0[1-4]', payment_id, payment_date, amount, cents FROM payment ORDER BY payment_id",
			effects: "SELECT payment_id, event FROM payment_event ORDER BY payment_id, event_id"},
		{name: "customer-profile", table: "customer", refused: 3,
			plain: []string{`UPDATE customer SET profile = jsonb_strip_nulls(jsonb_build_object(
					'email', lower(customer.email), 'since', customer.create_date, 'where', jsonb_build_array(city.city, country.country),
					'postcode', address.postal_code, 'districts', string_to_array(nullif(address.district, ''), ' '))
				|| coalesce((SELECT jsonb_build_object('payments', count(*), 'amounts', string_agg(amount::text, ', ' ORDER BY payment_date))
					FROM payment WHERE payment.customer_id = customer.customer_id AND payment_date < '2022-03-01 00:00:00+00' HAVING count(*) > 0), '{"payments": 0}'))
				FROM address JOIN city USING (city_id) JOIN country USING (country_id)
				WHERE address.address_id = customer.address_id AND activebool AND email IS NOT NULL`},
			content: "SELECT customer_id, profile, last_update > '2022-02-16' FROM customer ORDER BY customer_id"},
		{name: "film-card", table: "film", refused: 1000 / 40,
			plain: []string{`UPDATE film SET card = jsonb_strip_nulls(jsonb_build_object('title', title, 'rating', rating::text, 'release_year', release_year::text,
				'special_features', special_features::text, 'length', length::text, 'rental_rate', rental_rate::text)) WHERE length IS NOT NULL`},
			content: "SELECT film_id, card, audience, fulltext FROM film ORDER BY film_id"},
	}}
}

func sakila() publicSchema {
	return publicSchema{name: "sakila", driver: "mysql", migrations: []publicMigration{
		{name: "film-audience", table: "film", undone: true,
			plain: []string{`UPDATE film SET
				audience = CASE WHEN rating IN ('G', 'PG') THEN 'everybody' WHEN rating IN ('PG-13', 'R') THEN 'accompanied' ELSE 'adults' END,
				special_features = special_features ^ 2, decade = CONCAT(FLOOR(release_year / 10), '0s'), description = CONCAT(description, ' (it''s rated; "', rating, '")')
				WHERE rating IS NOT NULL`},
			content: "SELECT film_id, audience, special_features, decade, film.description, film_text.description FROM film LEFT JOIN film_text USING (film_id) ORDER BY film_id",
			effects: "SELECT film_id FROM film WHERE last_update > '2006-02-16' ORDER BY film_id"},
		{name: "address-point", table: "address",
			plain: []string{`UPDATE address JOIN city USING (city_id) JOIN country USING (country_id) SET longitude = ST_X(location), latitude = ST_Y(location), shown = ST_AsGeoJSON(location),
				location = Point(ST_X(location) + 0.5, ST_Y(location)), district = LEFT(CONCAT(city.city, ', ', country.country), 20) WHERE postal_code IS NOT NULL`},
			content: "SELECT address_id, longitude, latitude, shown, ST_AsText(location), district, last_update > '2014-09-26' FROM address ORDER BY address_id"},
		{name: "actor-credits", table: "film_actor",
			plain: []string{`UPDATE film_actor JOIN film USING (film_id) JOIN actor AS a USING (actor_id)
				SET credit = CONCAT_WS(' ', a.first_name, a.last_name, 'in', QUOTE(film.title)) WHERE film.length IS NOT NULL`},
			content: "SELECT actor_id, film_id, credit, last_update > '2006-02-16' FROM film_actor ORDER BY actor_id, film_id"},
		{name: "payment-cents", table: "payment", refused: 1,
			plain: []string{"UPDATE payment SET cents = amount * 100 WHERE amount >= 1 AND rental_id <> 1307",
				`INSERT INTO payment_event (payment_id, event)
				SELECT payment_id, JSON_OBJECT('cents', cents, 'by', CONCAT(first_name, ' ', last_name), 'zip', postal_code, 'month', DATE_FORMAT(payment_date, '%Y-%m %H:%i'))
				FROM payment JOIN customer USING (customer_id) JOIN address USING (address_id) WHERE cents IS NOT NULL`},
			content: "SELECT payment_id, cents, last_update > '2006-02-16' FROM payment ORDER BY payment_id",
			effects: "SELECT payment_id, event FROM payment_event ORDER BY payment_id, event_id"},
		{name: "film-card", table: "film", refused: 1000 / 40,
			plain: []string{`UPDATE film SET card = JSON_OBJECT('title', title, 'rating', rating, 'release_year', release_year,
				'special_features', special_features, 'length', length, 'rental_rate', rental_rate) WHERE length IS NOT NULL`},
			content: `SELECT film_id, JSON_VALUE(card, '$.title'), JSON_VALUE(card, '$.rating'), JSON_VALUE(card, '$.release_year'), JSON_VALUE(card, '$.special_features'),
				JSON_VALUE(card, '$.length'), JSON_VALUE(card, '$.rental_rate') FROM film ORDER BY film_id`},
	}}
}

func chinookOnPostgres() publicSchema {
	return publicSchema{name: "chinook_postgres", driver: "postgres", migrations: []publicMigration{
		{name: "track-spans", table: "Track", undone: true,
			plain: []string{`UPDATE "Track" AS t SET
				"Span" = (CASE WHEN "Milliseconds" < 600000 THEN 'short' ELSE 'Long "play"' END)::"Span",
				"Credits" = jsonb_build_object('composers', to_jsonb(string_to_array("Composer", ', ')),
					'album', (SELECT "Title" FROM "Album" AS al WHERE al."AlbumId" = t."AlbumId"),
					'artist', (SELECT "Name" FROM "Artist" JOIN "Album" AS al USING ("ArtistId") WHERE al."AlbumId" = t."AlbumId"))
				WHERE "Composer" IS NOT NULL`},
			content: `SELECT "TrackId", "Span", "Credits" FROM "Track" ORDER BY "TrackId"`},
		{name: "playlist-shown", table: "PlaylistTrack",
			plain:   []string{`UPDATE "PlaylistTrack" AS p SET "Shown" = "Name" || ' by ' || coalesce("Composer", 'unknown') FROM "Track" AS t WHERE t."TrackId" = p."TrackId"`},
			content: `SELECT * FROM "PlaylistTrack" ORDER BY "PlaylistId", "TrackId"`},
		{name: "customer-emails", table: "Customer",
			plain:   []string{`UPDATE "Customer" SET "E-Mail: lower" = lower("Email")`},
			content: `SELECT * FROM "Customer" ORDER BY "CustomerId"`},
		{name: "invoice-months", table: "Invoice",
			plain: []string{`UPDATE "Invoice" AS i SET "BillingCountry" = coalesce("BillingCountry", "Country"), "Month" = date_trunc('month', "InvoiceDate")
				FROM "Customer" AS c WHERE c."CustomerId" = i."CustomerId"`,
				`INSERT INTO "InvoiceHistory" SELECT "InvoiceId", 'month: ' || "Month" FROM "Invoice"`},
			content: `SELECT * FROM "Invoice" ORDER BY "InvoiceId"`,
			effects: `SELECT * FROM "InvoiceHistory" ORDER BY "InvoiceId", "What"`},
	}}
}
