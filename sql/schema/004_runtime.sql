-- Where the fetch engine runs; installations that know only one place have it inside.
alter table supasaasy.installation
    add column runtime text not null default 'plpython' check (runtime in ('plpython', 'external'));
comment on column supasaasy.installation.runtime is 'Where the fetch engine runs: plpython (inside this database) or external (supasaasy worker).';
