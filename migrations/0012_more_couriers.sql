-- Two couriers of Bangladesh more. The code table is all that the database knows of a courier.

INSERT INTO courier_providers (code) VALUES
    ('pathao'), ('redx');
