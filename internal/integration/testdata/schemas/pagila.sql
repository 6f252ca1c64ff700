-- Pagila (https://github.com/devrimgunduz/pagila, PostgreSQL licence), which is Sakila for
-- PostgreSQL (Mike Hillyer, BSD licence): the tables that are migrated and those that they
-- join, as they stand there. The rows are ours.
CREATE TYPE mpaa_rating AS ENUM ('G', 'PG', 'PG-13', 'R', 'NC-17');
CREATE DOMAIN year AS integer CONSTRAINT year_check CHECK (VALUE >= 1901 AND VALUE <= 2155);

CREATE FUNCTION last_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.last_update = CURRENT_TIMESTAMP;
    RETURN NEW;
END $$;
CREATE FUNCTION _group_concat(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS $_$
SELECT CASE WHEN $2 IS NULL THEN $1 WHEN $1 IS NULL THEN $2 ELSE $1 || ', ' || $2 END
$_$;
CREATE AGGREGATE group_concat(text) (SFUNC = _group_concat, STYPE = text);

CREATE TABLE actor (
    actor_id serial PRIMARY KEY,
    first_name text NOT NULL,
    last_name text NOT NULL,
    last_update timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE language (
    language_id serial PRIMARY KEY,
    name character(20) NOT NULL,
    last_update timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE film (
    film_id serial PRIMARY KEY,
    title text NOT NULL,
    description text,
    release_year year,
    language_id integer NOT NULL REFERENCES language ON UPDATE CASCADE ON DELETE RESTRICT,
    original_language_id integer REFERENCES language ON UPDATE CASCADE ON DELETE RESTRICT,
    rental_duration smallint NOT NULL DEFAULT 3,
    rental_rate numeric(4,2) NOT NULL DEFAULT 4.99,
    length smallint,
    replacement_cost numeric(5,2) NOT NULL DEFAULT 19.99,
    rating mpaa_rating DEFAULT 'G'::mpaa_rating,
    last_update timestamptz NOT NULL DEFAULT now(),
    special_features text[],
    fulltext tsvector NOT NULL
);
CREATE INDEX film_fulltext_idx ON film USING gist (fulltext);
CREATE TABLE film_actor (
    actor_id integer NOT NULL REFERENCES actor ON UPDATE CASCADE ON DELETE RESTRICT,
    film_id integer NOT NULL REFERENCES film ON UPDATE CASCADE ON DELETE RESTRICT,
    last_update timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (actor_id, film_id)
);
CREATE TABLE country (
    country_id serial PRIMARY KEY,
    country text NOT NULL,
    last_update timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE city (
    city_id serial PRIMARY KEY,
    city text NOT NULL,
    country_id integer NOT NULL REFERENCES country ON UPDATE CASCADE ON DELETE RESTRICT,
    last_update timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE address (
    address_id serial PRIMARY KEY,
    address text NOT NULL,
    address2 text,
    district text NOT NULL,
    city_id integer NOT NULL REFERENCES city ON UPDATE CASCADE ON DELETE RESTRICT,
    postal_code text,
    phone text NOT NULL,
    last_update timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE customer (
    customer_id serial PRIMARY KEY,
    store_id integer NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    email text,
    address_id integer NOT NULL REFERENCES address ON UPDATE CASCADE ON DELETE RESTRICT,
    activebool boolean NOT NULL DEFAULT true,
    create_date date NOT NULL DEFAULT CURRENT_DATE,
    last_update timestamptz DEFAULT now(),
    active integer
);
CREATE SEQUENCE payment_payment_id_seq;
CREATE TABLE payment (
    payment_id integer NOT NULL DEFAULT nextval('payment_payment_id_seq'),
    customer_id integer NOT NULL,
    staff_id integer NOT NULL,
    rental_id integer NOT NULL,
    amount numeric(5,2) NOT NULL,
    payment_date timestamptz NOT NULL,
    PRIMARY KEY (payment_date, payment_id)
) PARTITION BY RANGE (payment_date);
CREATE TABLE payment_p2022_01 PARTITION OF payment FOR VALUES FROM ('2022-01-01 00:00:00+00') TO ('2022-02-01 00:00:00+00');
CREATE TABLE payment_p2022_02 PARTITION OF payment FOR VALUES FROM ('2022-02-01 00:00:00+00') TO ('2022-03-01 00:00:00+00');
CREATE TABLE payment_p2022_03 PARTITION OF payment FOR VALUES FROM ('2022-03-01 00:00:00+00') TO ('2022-04-01 00:00:00+00');
CREATE TABLE payment_p2022_04 PARTITION OF payment FOR VALUES FROM ('2022-04-01 00:00:00+00') TO ('2022-05-01 00:00:00+00');

-- The triggers come first, so that the rows have their tsvector.
CREATE TRIGGER film_fulltext_trigger BEFORE INSERT OR UPDATE ON film FOR EACH ROW
    EXECUTE FUNCTION tsvector_update_trigger('fulltext', 'pg_catalog.english', 'title', 'description');
CREATE TRIGGER last_updated BEFORE UPDATE ON film FOR EACH ROW EXECUTE FUNCTION last_updated();
CREATE TRIGGER last_updated BEFORE UPDATE ON film_actor FOR EACH ROW EXECUTE FUNCTION last_updated();
CREATE TRIGGER last_updated BEFORE UPDATE ON customer FOR EACH ROW EXECUTE FUNCTION last_updated();

INSERT INTO language (name) VALUES ('English'), ('Italian'), ('Japanese');
INSERT INTO actor (first_name, last_name) SELECT 'NAME' || n, 'O''SURNAME ' || n % 37 FROM generate_series(1, 80) AS n;
INSERT INTO film (title, description, release_year, language_id, rental_duration, rental_rate, length, replacement_cost, rating, last_update, special_features)
SELECT 'FILM ' || n, CASE WHEN n % 50 > 0 THEN 'An epic drama of a robot and a database ' || n END, 1950 + n % 70, 1 + n % 3, 3 + n % 5, (ARRAY[0.99, 2.99, 4.99])[1 + n % 3],
       CASE WHEN n % 40 > 0 THEN 46 + n % 140 END, 9.99 + n % 20, CASE WHEN n % 25 > 0 THEN (enum_range(NULL::mpaa_rating))[1 + n % 5] END, '2022-02-15 09:46:27+00',
       CASE WHEN n % 30 > 0 THEN (ARRAY['Trailers', 'Commentaries', 'Deleted Scenes', 'Behind the Scenes'])[1 + n % 3 : 2 + n % 4] END
FROM generate_series(1, 1000) AS n;
INSERT INTO film_actor SELECT 1 + n % 80, 1 + n * 7 % 1000, '2022-02-15 10:05:03+00' FROM generate_series(1, 2000) AS n ON CONFLICT DO NOTHING;
INSERT INTO country (country) SELECT 'Country ' || n FROM generate_series(1, 20) AS n;
INSERT INTO city (city, country_id) SELECT 'City ' || n, 1 + n % 20 FROM generate_series(1, 60) AS n;
INSERT INTO address (address, district, city_id, postal_code, phone)
SELECT n || ' Main Street', CASE WHEN n % 6 > 0 THEN 'District ' || n ELSE '' END, 1 + n % 60, CASE WHEN n % 9 > 0 THEN lpad(n::text, 5, '0') END, '' FROM generate_series(1, 600) AS n;
INSERT INTO customer (store_id, first_name, last_name, email, address_id, activebool, create_date, last_update, active)
SELECT 1 + n % 2, 'FIRST' || n, 'LAST' || n, CASE WHEN n NOT IN (78, 401, 555) THEN 'FIRST' || n || '@sakilacustomer.org' END, n, n % 11 > 0, '2022-02-14', '2022-02-15 09:57:20+00', n % 2
FROM generate_series(1, 600) AS n;
INSERT INTO payment (customer_id, staff_id, rental_id, amount, payment_date)
SELECT 1 + n % 600, 1 + n % 2, n, n % 12 + 0.99, timestamptz '2022-01-24 21:40:19.996577+00' + n * interval '61 minutes 3.000007 seconds' FROM generate_series(1, 2000) AS n;

-- What the site adds before it fills it by migrations.
CREATE TYPE audience AS ENUM ('everybody', 'accompanied', 'adults');
ALTER TABLE film ADD COLUMN audience audience, ADD COLUMN extras text[], ADD COLUMN card jsonb;
ALTER TABLE film_actor ADD COLUMN credit text;
ALTER TABLE customer ADD COLUMN profile jsonb CONSTRAINT profile_has_email CHECK (profile IS NULL OR profile ->> 'email' IS NOT NULL);
ALTER TABLE payment ADD COLUMN cents bigint;
CREATE TABLE payment_event (event_id bigserial PRIMARY KEY, payment_id integer NOT NULL, event jsonb NOT NULL);
