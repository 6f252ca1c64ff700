-- Sakila (https://dev.mysql.com/doc/sakila/en/, Mike Hillyer, BSD licence): the tables that
-- are migrated and those that they join, as they stand there. The rows are ours.
CREATE TABLE actor (
  actor_id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT,
  first_name VARCHAR(45) NOT NULL,
  last_name VARCHAR(45) NOT NULL,
  last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (actor_id),
  KEY idx_actor_last_name (last_name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE country (
  country_id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT,
  country VARCHAR(50) NOT NULL,
  last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (country_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE city (
  city_id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT,
  city VARCHAR(50) NOT NULL,
  country_id SMALLINT UNSIGNED NOT NULL,
  last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (city_id),
  CONSTRAINT `fk_city_country` FOREIGN KEY (country_id) REFERENCES country (country_id) ON DELETE RESTRICT ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE address (
  address_id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT,
  address VARCHAR(50) NOT NULL,
  address2 VARCHAR(50) DEFAULT NULL,
  district VARCHAR(20) NOT NULL,
  city_id SMALLINT UNSIGNED NOT NULL,
  postal_code VARCHAR(10) DEFAULT NULL,
  phone VARCHAR(20) NOT NULL,
  location GEOMETRY NOT NULL,
  last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (address_id),
  SPATIAL KEY `idx_location` (location),
  CONSTRAINT `fk_address_city` FOREIGN KEY (city_id) REFERENCES city (city_id) ON DELETE RESTRICT ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE film (
  film_id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT,
  title VARCHAR(128) NOT NULL,
  description TEXT DEFAULT NULL,
  release_year YEAR DEFAULT NULL,
  rental_duration TINYINT UNSIGNED NOT NULL DEFAULT 3,
  rental_rate DECIMAL(4,2) NOT NULL DEFAULT 4.99,
  length SMALLINT UNSIGNED DEFAULT NULL,
  replacement_cost DECIMAL(5,2) NOT NULL DEFAULT 19.99,
  rating ENUM('G','PG','PG-13','R','NC-17') DEFAULT 'G',
  special_features SET('Trailers','Commentaries','Deleted Scenes','Behind the Scenes') DEFAULT NULL,
  last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (film_id),
  KEY idx_title (title)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE film_text (
  film_id SMALLINT UNSIGNED NOT NULL,
  title VARCHAR(255) NOT NULL,
  description TEXT,
  PRIMARY KEY (film_id),
  FULLTEXT KEY idx_title_description (title, description)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE film_actor (
  actor_id SMALLINT UNSIGNED NOT NULL,
  film_id SMALLINT UNSIGNED NOT NULL,
  last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (actor_id, film_id),
  KEY idx_fk_film_id (`film_id`),
  CONSTRAINT fk_film_actor_actor FOREIGN KEY (actor_id) REFERENCES actor (actor_id) ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT fk_film_actor_film FOREIGN KEY (film_id) REFERENCES film (film_id) ON DELETE RESTRICT ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE customer (
  customer_id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT,
  store_id TINYINT UNSIGNED NOT NULL,
  first_name VARCHAR(45) NOT NULL,
  last_name VARCHAR(45) NOT NULL,
  email VARCHAR(50) DEFAULT NULL,
  address_id SMALLINT UNSIGNED NOT NULL,
  active BOOLEAN NOT NULL DEFAULT TRUE,
  create_date DATETIME NOT NULL,
  last_update TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (customer_id),
  CONSTRAINT fk_customer_address FOREIGN KEY (address_id) REFERENCES address (address_id) ON DELETE RESTRICT ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE payment (
  payment_id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT,
  customer_id SMALLINT UNSIGNED NOT NULL,
  staff_id TINYINT UNSIGNED NOT NULL,
  rental_id INT DEFAULT NULL,
  amount DECIMAL(5,2) NOT NULL,
  payment_date DATETIME NOT NULL,
  last_update TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (payment_id),
  CONSTRAINT fk_payment_customer FOREIGN KEY (customer_id) REFERENCES customer (customer_id) ON DELETE RESTRICT ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TRIGGER `ins_film` AFTER INSERT ON `film` FOR EACH ROW BEGIN
    INSERT INTO film_text (film_id, title, description) VALUES (new.film_id, new.title, new.description);
  END;
CREATE TRIGGER `upd_film` AFTER UPDATE ON `film` FOR EACH ROW BEGIN
    IF (old.title != new.title) OR (old.description != new.description) OR (old.film_id != new.film_id)
    THEN
        UPDATE film_text SET title=new.title, description=new.description, film_id=new.film_id WHERE film_id=old.film_id;
    END IF;
  END;
CREATE VIEW customer_list AS
SELECT cu.customer_id AS ID, CONCAT(cu.first_name, _utf8mb4' ', cu.last_name) AS name, a.address AS address, a.postal_code AS `zip code`,
  a.phone AS phone, city.city AS city, country.country AS country, IF(cu.active, _utf8mb4'active', _utf8mb4'') AS notes, cu.store_id AS SID
FROM customer AS cu JOIN address AS a ON cu.address_id = a.address_id JOIN city ON a.city_id = city.city_id JOIN country ON city.country_id = country.country_id;

INSERT INTO actor (first_name, last_name) SELECT CONCAT('NAME', seq), CONCAT('O\'SURNAME ', seq % 37) FROM seq_1_to_80;
INSERT INTO country (country) SELECT CONCAT('Country ', seq) FROM seq_1_to_20;
INSERT INTO city (city, country_id) SELECT CONCAT('City ', seq), 1 + seq % 20 FROM seq_1_to_60;
INSERT INTO address (address, district, city_id, postal_code, phone, location, last_update)
SELECT CONCAT(seq, ' Main Street'), '', 1 + seq % 60, IF(seq % 9 > 0, LPAD(seq, 5, '0'), NULL), '', ST_GeomFromText(CONCAT('POINT(', CAST(seq % 360 AS SIGNED) - 180, '.25 ', CAST(seq % 170 AS SIGNED) - 85, ')')), '2014-09-25 22:30:27' FROM seq_1_to_600;
INSERT INTO film (title, description, release_year, rental_duration, rental_rate, length, replacement_cost, rating, special_features, last_update)
SELECT CONCAT('FILM ', seq), IF(seq % 50 > 0, CONCAT('An epic drama of a robot and a database ', seq), NULL), 1950 + seq % 70, 3 + seq % 5, ELT(1 + seq % 3, 0.99, 2.99, 4.99),
  IF(seq % 40 > 0, 46 + seq % 140, NULL), 9.99 + seq % 20, IF(seq % 25 > 0, 1 + seq % 5, NULL), IF(seq % 30 > 0, seq % 16, NULL), '2006-02-15 05:03:42' FROM seq_1_to_1000;
INSERT IGNORE INTO film_actor SELECT 1 + seq % 80, 1 + seq * 7 % 1000, '2006-02-15 05:05:03' FROM seq_1_to_2000;
INSERT INTO customer (store_id, first_name, last_name, email, address_id, active, create_date, last_update)
SELECT 1 + seq % 2, CONCAT('FIRST', seq), CONCAT('LAST', seq), IF(seq % 23 > 0, CONCAT('FIRST', seq, '@sakilacustomer.org'), NULL), seq, seq % 11 > 0, '2006-02-14 22:04:36', '2006-02-15 04:57:20' FROM seq_1_to_600;
INSERT INTO payment (customer_id, staff_id, rental_id, amount, payment_date, last_update)
SELECT 1 + seq % 600, 1 + seq % 2, seq, seq % 12 + 0.99, '2005-05-25 11:30:37' + INTERVAL 61 * seq MINUTE, '2006-02-15 22:12:30' FROM seq_1_to_2000;

-- What the site adds before it fills it by migrations.
ALTER TABLE film ADD COLUMN audience ENUM('everybody','accompanied','adults'), ADD COLUMN decade VARCHAR(5), ADD COLUMN card JSON;
ALTER TABLE address ADD COLUMN longitude DOUBLE, ADD COLUMN latitude DOUBLE, ADD COLUMN shown JSON;
ALTER TABLE film_actor ADD COLUMN credit VARCHAR(300);
ALTER TABLE payment ADD COLUMN cents INT, ADD CONSTRAINT few_cents CHECK (cents < 1 OR rental_id <> 1307);
CREATE TABLE payment_event (event_id BIGINT AUTO_INCREMENT PRIMARY KEY, payment_id SMALLINT UNSIGNED NOT NULL, event JSON NOT NULL);
